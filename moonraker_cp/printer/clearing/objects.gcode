{% set objects = printer.exclude_object.objects if "exclude_object" in printer and printer.print_stats.filename == file.path else [] %}
{% set outlines = objects | selectattr("polygon", "defined") | map(attribute="polygon") | select | list %}
{% set named = objects and outlines | length == objects | length %}
{% set corners = outlines | sum(start=[]) %}
{% set back = (corners | map(attribute=1) | max) + behind if named else y_max %}
{% if back > y_max %}
  {fail("The part ends at Y%g and the toolhead needs %g mm behind it, but Y ends at %g. Place parts further to the front." % (back - behind, behind, y_max))}
{% endif %}
{% set back = [back, y_min] | max %}
