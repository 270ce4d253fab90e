"""Tests that wait for `make slow`, since CI has twenty minutes.

Each has a sibling in CI that shows the same mechanism by another case. Cases are
named as pytest does; without a case, all of a test are meant.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

SLOW_LANE: dict[str, tuple[str, ...]] = {
    "tests/demo/test_simulator_klippy.py": (
        "test_a_heater_that_is_stuck_runs_out_of_range",
        "test_a_short_hang_is_bridged_by_resending[real heat]",
        "test_a_shutdown_is_told_and_survived",
        "test_an_open_sensor_is_out_of_range",
        "test_filament_runout_pauses_and_a_new_spool_is_seen",
        "test_heats_and_cools",
        "test_pause_resume_and_cancel",
        "test_the_configuration_survives_a_klippy_that_is_killed",
        "test_unplugged_for_a_while",
        "test_unplugged_for_good_until_plugged",
    ),
    "tests/rig/test_cooling.py": (
        "test_a_bed_that_stays_warm_is_cleared_if_that_is_wanted",
        "test_a_bed_that_stays_warm_is_held_and_said",
        "test_a_held_bed_and_the_fan",
        "test_the_material_of_the_print_says_how_cold",
        "test_the_motors_keep_their_place_while_the_queue_waits",
    ),
    "tests/rig/test_cpq_faults.py": (
        "test_a_clearing_script_of_cpq_stops_with_its_line[g11]",
        "test_g12_a_copy_that_fails_again_and_again_is_never_counted",
        "test_g9_a_path_out_of_the_folder_is_refused",
    ),
    "tests/rig/test_endings_cancel.py": (
        "test_cancel_by_a_macro_that_resets_the_file",
        "test_cancel_while_heating",
        "test_cancel_without_pause_resume",
        "test_pause_inside_the_file",
    ),
    "tests/rig/test_endings_faults.py": (
        "test_a_short_hang_is_not_an_ending",
        "test_a_thermistor_breaks_in_a_pause_of_the_extruder",
        "test_emergency_stop_inside_the_file",
        "test_klipper_is_restarted[restart]",
        "test_klipper_stops_while_the_bed_cools",
        "test_klipper_stops_while_the_queue_is_idle",
        "test_the_micro_controller_reboots",
    ),
    "tests/rig/test_endings_files.py": (
        "test_a_file_of_one_line_counts_every_copy[M117 hello]",
        "test_a_file_of_one_line_counts_every_copy[]",
        "test_a_flag_of_a_pause_that_outlived_its_print_is_cleared",
        "test_a_gcode_error_fails_the_copy[later]",
        "test_an_unknown_command_is_no_error",
        "test_somebody_else_starts_while_the_bed_is_cleared",
    ),
    "tests/rig/test_endings_moonraker.py": (
        "test_blocked_by_a_failure[restart]",
        "test_blocked_by_the_bed[kill]",
        "test_blocked_by_the_bed[restart]",
        "test_clearing[restart]",
        "test_cooling[restart]",
        "test_finishing[restart]",
        "test_idle[kill]",
        "test_idle[restart]",
        "test_idle_with_the_last_part_on_the_bed[restart]",
        "test_inactive[kill]",
        "test_inactive[restart]",
        "test_paused[restart]",
        "test_preparing[restart]",
        "test_printing_and_it_ends_meanwhile[restart]",
        "test_printing_and_it_fails_meanwhile[restart]",
        "test_starting[restart]",
    ),
    "tests/rig/test_failures.py": (
        "test_a_cancelled_print_is_skipped",
        "test_a_cancelled_print_is_tried_again",
        "test_a_reported_failure_is_tried_again",
        "test_it_may_be_the_printer",
        "test_the_job_is_held",
        "test_the_option_to_clear_a_failed_print_is_needed",
        "test_what_ran_for_long_is_not_tried_again",
    ),
    "tests/rig/test_history.py": ("test_export_and_purge",),
    "tests/rig/test_hook_crashes.py": (
        "test_a_moment_that_is_over_is_not_offered_again[print_started]",
        "test_a_person_has_it_run_again[activated]",
        "test_killed_while_deactivated_runs",
        "test_killed_while_it_runs[clear_bed]",
        "test_killed_while_it_runs[print_failed]",
        "test_killed_while_it_runs[print_started]",
        "test_killed_while_it_runs[print_succeeded]",
        "test_what_ran_again_is_in_doubt_no_more",
    ),
    "tests/rig/test_hooks.py": (
        "test_a_cancel_is_told_still_when_deactivated_has_run",
        "test_a_condition_that_cannot_be_evaluated",
        "test_a_line_that_klipper_refuses_ends_the_hook_there[activated]",
        "test_a_line_that_klipper_refuses_ends_the_hook_there[finish]",
        "test_a_print_that_fails",
        "test_cool_down",
        "test_no_condition_of_clear_bed_is_true",
        "test_print_started_that_fails_is_told_when_the_print_has_ended",
        "test_scripts_are_no_prints",
        "test_stop_while_it_prints",
    ),
    "tests/rig/test_job_queue.py": (
        "test_left_alone_moonrakers_own_queue_is_there",
        "test_panels_add_reorder_count_and_remove",
    ),
    "tests/rig/test_octojob.py": (
        "test_a_key_is_needed[alone]",
        "test_a_page_of_cors_domains_may[octoprint_compat]",
        "test_a_route_prefix_is_kept",
        "test_an_octoprint_compat_that_fails_is_no_matter",
        "test_beside_octoprint_compat_both_answer[octoprint_compat]",
        "test_without_pause_resume_klippers_words_are_told",
    ),
    "tests/rig/test_orders.py": (
        "test_a_published_order[2-1-4-ABBBBABBBB]",
        "test_a_published_order[3-1-1-ABABAB]",
    ),
    "tests/rig/test_power.py": (
        "test_a_device_that_does_not_do_it_says_so",
        "test_off_when_done_and_cool_and_on_for_the_next_job[board]",
        "test_off_when_done_and_cool_and_on_for_the_next_job[supply]",
        "test_on_again_with_the_last_part_on_the_bed[gcode]",
        "test_on_again_with_the_last_part_on_the_bed[manual]",
        "test_on_before_the_first_print[board]",
        "test_on_before_the_first_print[computer]",
        "test_only_a_queue_that_is_done_turns_it_off",
    ),
    "tests/rig/test_queue_files.py": (
        "test_the_state_says_why_nothing_prints_and_what_comes_next",
    ),
    "tests/rig/test_restart.py": (
        "test_moonraker_comes_back_to_its_print[restart]",
        "test_moonraker_killed_while_idle_waits_for_start",
    ),
    "tests/rig/test_stack.py": (
        "test_a_second_start_on_the_same_folder_knows_the_first",
        "test_an_unknown_fault_is_an_error",
        "test_klippy_can_be_killed_and_started",
        "test_klippy_goes_on_while_moonraker_is_killed",
        "test_one_folder_is_for_one_stack",
        "test_the_simulator_can_be_killed_and_started",
        "test_two_stacks_side_by_side",
    ),
    "tests/rig/test_timelapse.py": ("test_a_rendering_that_never_ends",),
    "tests/rig/test_unattended.py": (
        "test_a_person_is_slower_than_the_bed",
        "test_copies_with_a_sweep_between_them[10]",
        "test_moonraker_dies_while_it_sweeps",
        "test_moonraker_dies_while_the_bed_cools",
        "test_the_bed_stays_warm_and_people_are_told",
    ),
    "tests/rig/test_verify.py": (
        "test_a_program_says_yes",
        "test_an_expression_that_nobody_can_evaluate_is_a_no[no ( expression]",
        "test_an_expression_that_nobody_can_evaluate_is_a_no[printer.plate.present]",
        "test_moonraker_dies_while_it_is_asked",
        "test_no_answer_in_time_is_a_no",
        "test_nobody_is_there_to_be_asked",
        "test_stop_while_it_is_asked",
    ),
    "tests/rig/test_waits.py": (
        "test_a_pause_after_so_many_prints",
        "test_a_print_that_would_last_into_quiet_hours",
        "test_a_warning_is_told_and_holds_nothing_up",
        "test_stop_takes_the_time_back",
        "test_the_time_is_kept_when_moonraker_dies",
        "test_too_little_is_left",
        "test_who_waits_for_material_is_told",
    ),
    "tests/test_install_config.py": (
        "test_a_configuration_comes_back_byte_for_byte[a comment]",
        "test_a_configuration_comes_back_byte_for_byte[empty lines]",
        "test_a_navigation_that_cannot_be_read_is_left_alone[[1,]]",
        "test_a_part_comes_when_it_is_asked_for_and_goes[--fluidd]",
        "test_a_part_comes_when_it_is_asked_for_and_goes[--mainsail]",
        "test_a_part_comes_when_it_is_asked_for_and_goes[--update-manager]",
        "test_the_entry_is_added_to_others_and_leaves_them[empty lines]",
        "test_the_entry_is_added_to_others_and_leaves_them[one]",
    ),
    "tests/test_install_hands.py": (
        "test_a_mark_that_is_missing_stops_it[# <<<]",
        "test_a_section_by_hand_stays_as_it_is[included]",
        "test_a_section_by_hand_stays_as_it_is[indented]",
        "test_options_below_our_block_never_become_another_sections[port=80]",
    ),
    "tests/test_install_printers.py": (
        "test_one_of_several[printer_2_data/]",
        "test_one_of_several[printer_2_data]",
    ),
}


def mark(items: Sequence[pytest.Item]) -> None:
    """Send them there; tests/test_slow_lane.py holds that the names are right."""
    for item in items:
        file, _, name = item.nodeid.partition("::")
        if name in SLOW_LANE.get(file, ()):
            item.add_marker(pytest.mark.slow)
