"""Tests of printers that wait for `make slow`, since CI has twenty minutes.

Each has a sibling in CI that shows the same mechanism by another case. Cases are
named as pytest does; without a case, all of a test are meant.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

SLOW_LANE: dict[str, tuple[str, ...]] = {
    "tests/rig/test_endings_moonraker.py": (
        "test_blocked_by_a_failure[restart]",
        "test_blocked_by_the_bed[restart]",
        "test_clearing[restart]",
        "test_finishing[restart]",
        "test_idle[restart]",
        "test_idle_with_the_last_part_on_the_bed[restart]",
        "test_inactive[restart]",
        "test_paused[restart]",
        "test_preparing[restart]",
        "test_printing_and_it_ends_meanwhile[restart]",
        "test_printing_and_it_fails_meanwhile[restart]",
    ),
    "tests/rig/test_endings_faults.py": (
        "test_emergency_stop_inside_the_file",
        "test_klipper_is_restarted[restart]",
        "test_the_micro_controller_reboots",
        "test_a_thermistor_breaks_in_a_pause_of_the_extruder",
    ),
    "tests/rig/test_endings_files.py": (
        "test_a_file_of_one_line_counts_every_copy[]",
        "test_a_file_of_one_line_counts_every_copy[M117 hello]",
        "test_a_gcode_error_fails_the_copy[later]",
        "test_somebody_else_starts_while_the_bed_is_cleared",
    ),
    "tests/rig/test_hook_crashes.py": (
        "test_killed_while_it_runs[print_failed]",
        "test_killed_while_it_runs[print_started]",
        "test_killed_while_it_runs[print_succeeded]",
        "test_a_person_has_it_run_again[activated]",
        "test_a_moment_that_is_over_is_not_offered_again[print_started]",
        "test_what_ran_again_is_in_doubt_no_more",
    ),
    "tests/rig/test_hooks.py": (
        "test_a_line_that_klipper_refuses_ends_the_hook_there[activated]",
        "test_a_line_that_klipper_refuses_ends_the_hook_there[finish]",
        "test_a_print_that_fails",
        "test_no_condition_of_clear_bed_is_true",
        "test_scripts_are_no_prints",
        "test_stop_while_it_prints",
    ),
    "tests/rig/test_unattended.py": (
        "test_a_person_is_slower_than_the_bed",
        "test_copies_with_a_sweep_between_them[10]",
        "test_moonraker_dies_while_the_bed_cools",
        "test_the_bed_stays_warm_and_people_are_told",
    ),
    "tests/rig/test_power.py": (
        "test_off_when_done_and_cool_and_on_for_the_next_job[board]",
        "test_off_when_done_and_cool_and_on_for_the_next_job[supply]",
        "test_on_again_with_the_last_part_on_the_bed[gcode]",
        "test_on_before_the_first_print[board]",
        "test_on_before_the_first_print[computer]",
    ),
    "tests/rig/test_octojob.py": (
        "test_a_page_of_cors_domains_may[octoprint_compat]",
        "test_a_route_prefix_is_kept",
        "test_an_octoprint_compat_that_fails_is_no_matter",
        "test_beside_octoprint_compat_both_answer[octoprint_compat]",
    ),
    "tests/rig/test_cooling.py": (
        "test_a_bed_that_stays_warm_is_held_and_said",
        "test_the_material_of_the_print_says_how_cold",
        "test_the_motors_keep_their_place_while_the_queue_waits",
    ),
    "tests/rig/test_failures.py": (
        "test_a_cancelled_print_is_skipped",
        "test_a_reported_failure_is_tried_again",
        "test_the_job_is_held",
        "test_what_ran_for_long_is_not_tried_again",
    ),
    "tests/rig/test_waits.py": (
        "test_a_pause_after_so_many_prints",
        "test_a_print_that_would_last_into_quiet_hours",
        "test_the_time_is_kept_when_moonraker_dies",
    ),
    "tests/rig/test_verify.py": (
        "test_an_expression_that_nobody_can_evaluate_is_a_no[no ( expression]",
        "test_moonraker_dies_while_it_is_asked",
        "test_no_answer_in_time_is_a_no",
    ),
    "tests/rig/test_stack.py": (
        "test_a_second_start_on_the_same_folder_knows_the_first",
        "test_klippy_can_be_killed_and_started",
        "test_the_simulator_can_be_killed_and_started",
        "test_two_stacks_side_by_side",
    ),
    "tests/rig/test_job_queue.py": ("test_panels_add_reorder_count_and_remove",),
    "tests/rig/test_restart.py": ("test_moonraker_comes_back_to_its_print[restart]",),
    "tests/rig/test_queue_files.py": (
        "test_the_state_says_why_nothing_prints_and_what_comes_next",
    ),
    "tests/rig/test_orders.py": ("test_a_published_order[2-1-4-ABBBBABBBB]",),
    "tests/rig/test_cpq_faults.py": (
        "test_a_clearing_script_of_cpq_stops_with_its_line[g11]",
    ),
    "tests/demo/test_simulator_klippy.py": (
        "test_a_heater_that_is_stuck_runs_out_of_range",
        "test_a_short_hang_is_bridged_by_resending[real heat]",
        "test_filament_runout_pauses_and_a_new_spool_is_seen",
        "test_heats_and_cools",
        "test_pause_resume_and_cancel",
        "test_the_configuration_survives_a_klippy_that_is_killed",
        "test_unplugged_for_a_while",
    ),
}


def mark(items: Sequence[pytest.Item]) -> None:
    """Send them there; tests/test_slow_lane.py holds that the names are right."""
    for item in items:
        file, _, name = item.nodeid.partition("::")
        if name in SLOW_LANE.get(file, ()):
            item.add_marker(pytest.mark.slow)
