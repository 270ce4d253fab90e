{% if not file %}
  {fail("Nothing is known of the print whose part is on the bed. Clear it by hand.")}
{% endif %}
{% set bed_now = printer.heater_bed.temperature if "heater_bed" in printer else none %}
{% if bed_now is not number or bed_now < -30 %}
  {fail("The bed's temperature is not known, and what is not known is not cold. Look at the sensor, and clear the bed by hand.")}
{% elif not bed_now <= release_temperature %}
  {fail("The bed reads %.1f °C, and this part lets go at %g °C. Set the option release_temperature, which waits for that." % (bed_now, release_temperature))}
{% endif %}
