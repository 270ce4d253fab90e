; made by hand; printer_model = MK3S
; printer_model = MK3S
; Target: Creality.CR-30
;TARGET_MACHINE.NAME:Ender
G28
