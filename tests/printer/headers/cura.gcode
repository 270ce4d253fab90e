;FLAVOR:Marlin
;TIME:1838
;Filament used: 1.01345m
;Layer height: 0.2
;MINX:111.389
;MAXZ:10
;TARGET_MACHINE.NAME:Creality Ender-3
;Filament type = PETG
;Generated with Cura_SteamEngine 5.4.0
M140 S60
;LAYER_COUNT:50
G28
;End of Gcode
