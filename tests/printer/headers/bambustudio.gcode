; HEADER_BLOCK_START
; BambuStudio 01.09.01.67
; estimated printing time (normal mode) = 17m 53s
; total layer number: 112
; filament_density: 1.24,1.24
; max_z_height: 22.40
; HEADER_BLOCK_END

; CONFIG_BLOCK_START
; filament_type = PLA;PLA
; printer_model = 
; printer_settings_id = Klipper CoreXY 0.4 nozzle
; CONFIG_BLOCK_END

; EXECUTABLE_BLOCK_START
G28
