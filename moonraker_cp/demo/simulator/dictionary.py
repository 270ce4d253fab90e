"""What the firmware tells the host about itself: messages, pins, texts, constants."""

from __future__ import annotations

import json
import zlib

from .codec import Message

CLOCK_FREQ = 20_000_000  # three seconds must stay below 2**31 ticks
ADC_MAX = 4095
PWM_MAX = 255
STATS_SUMSQ_BASE = 256
MOVE_COUNT = 1024

# The host compares these texts character by character. The second table holds
# what a firmware that is shut down still answers.
COMMANDS = (
    "allocate_oids count=%c",
    "finalize_config crc=%u",
    "config_stepper oid=%c step_pin=%c dir_pin=%c invert_step=%c step_pulse_ticks=%u",
    "queue_step oid=%c interval=%u count=%hu add=%hi",
    "set_next_step_dir oid=%c dir=%c",
    "reset_step_clock oid=%c clock=%u",
    "stepper_get_position oid=%c",
    "stepper_stop_on_trigger oid=%c trsync_oid=%c",
    "config_trsync oid=%c",
    "trsync_start oid=%c report_clock=%u report_ticks=%u expire_reason=%c",
    "trsync_set_timeout oid=%c clock=%u",
    "trsync_trigger oid=%c reason=%c",
    "config_endstop oid=%c pin=%c pull_up=%c",
    "endstop_query_state oid=%c",
    "endstop_home oid=%c clock=%u sample_ticks=%u sample_count=%c rest_ticks=%u"
    " pin_value=%c trsync_oid=%c trigger_reason=%c",
    "config_digital_out oid=%c pin=%u value=%c default_value=%c max_duration=%u",
    "set_digital_out_pwm_cycle oid=%c cycle_ticks=%u",
    "queue_digital_out oid=%c clock=%u on_ticks=%u",
    "update_digital_out oid=%c value=%c",
    "set_digital_out pin=%u value=%c",
    "config_pwm_out oid=%c pin=%u cycle_ticks=%u value=%hu default_value=%hu"
    " max_duration=%u",
    "queue_pwm_out oid=%c clock=%u value=%hu",
    "set_pwm_out pin=%u cycle_ticks=%u value=%hu",
    "config_analog_in oid=%c pin=%u",
    "query_analog_in oid=%c clock=%u sample_ticks=%u sample_count=%c rest_ticks=%u"
    " min_value=%hu max_value=%hu range_check_count=%c",
    "config_buttons oid=%c button_count=%c",
    "buttons_add oid=%c pos=%c pin=%u pull_up=%c",
    "buttons_query oid=%c clock=%u rest_ticks=%u retransmit_count=%c invert=%c",
    "buttons_ack oid=%c count=%c",
)
COMMANDS_IN_SHUTDOWN = (
    "get_uptime",
    "get_clock",
    "get_config",
    "emergency_stop",
    "clear_shutdown",
    "reset",
    "debug_nop",
)
RESPONSES = (
    "starting",
    "is_shutdown static_string_id=%hu",
    "shutdown clock=%u static_string_id=%hu",
    "stats count=%u sum=%u sumsq=%u",
    "uptime high=%u clock=%u",
    "clock clock=%u",
    "config is_config=%c crc=%u is_shutdown=%c move_count=%hu",
    "stepper_position oid=%c pos=%i",
    "endstop_state oid=%c homing=%c next_clock=%u pin_value=%c",
    "trsync_state oid=%c can_trigger=%c trigger_reason=%c clock=%u",
    "analog_in_state oid=%c next_clock=%u value=%hu",
    "buttons_state oid=%c ack_count=%c state=%*s",
)
# These two identifiers are fixed: they are what the dictionary is read with.
IDENTIFY_RESPONSE = Message(0, "identify_response offset=%u data=%.*s")
IDENTIFY = Message(1, "identify offset=%u count=%c")

# The host's advice to the user is keyed on these texts.
COMMAND_REQUEST = "Command request"
INVALID_COMMAND = "Invalid command"
TIMER_TOO_CLOSE = "Timer too close"
STEPPER_ACTIVE = "Can't reset time when stepper active"
MISSED_DIGITAL = "Missed scheduling of next digital out event"
MISSED_PWM = "Missed scheduling of next hard pwm event"
ADC_OUT_OF_RANGE = "ADC out of range"
INVALID_OID = "Invalid oid type"
NOT_CONFIGURED = "Command not available before configuration"
SHUTDOWN_TEXTS = (
    COMMAND_REQUEST,
    INVALID_COMMAND,
    TIMER_TOO_CLOSE,
    STEPPER_ACTIVE,
    MISSED_DIGITAL,
    MISSED_PWM,
    ADC_OUT_OF_RANGE,
    INVALID_OID,
    NOT_CONFIGURED,
    "Rescheduled timer in the past",
    "Stepper too far in past",
    "Move queue overflow",
    "Thermocouple reader fault",
    "Watchdog timer!",
)
TEXT_IDS = {text: number for number, text in enumerate(SHUTDOWN_TEXTS, start=2)}

# Pins have the names of what hangs on them, so that a printer.cfg reads by
# itself; the plain ports are there for every other configuration.
_NAMED_PINS = (
    *("X_STEP", "X_DIR", "X_ENABLE", "X_STOP"),
    *("Y_STEP", "Y_DIR", "Y_ENABLE", "Y_STOP"),
    *("Z_STEP", "Z_DIR", "Z_ENABLE", "Z_STOP"),
    *("E_STEP", "E_DIR", "E_ENABLE"),
    *("HOTEND_HEATER", "HOTEND_SENSOR", "BED_HEATER", "BED_SENSOR"),
    *("PART_FAN", "HOTEND_FAN", "FILAMENT_SWITCH", "LED"),
)
_FIRST_NAMED = 128
PINS = {name: _FIRST_NAMED + i for i, name in enumerate(_NAMED_PINS)}
_PORTS = {f"P{port}0": [16 * i, 16] for i, port in enumerate("ABCDEFGH")}


def pin_name(pin: int) -> str:
    """The name of a pin, for a person."""
    if pin >= _FIRST_NAMED:
        return _NAMED_PINS[pin - _FIRST_NAMED]
    return f"P{'ABCDEFGH'[pin // 16]}{pin % 16}"


def _number(texts: tuple[str, ...], start: int) -> dict[str, Message]:
    messages = [Message(start + i, text) for i, text in enumerate(texts)]
    return {message.name: message for message in messages}


# Identifiers stay below 96, so that each takes one byte.
_ALWAYS = {"identify": IDENTIFY, **_number(COMMANDS_IN_SHUTDOWN, 2)}
_RUNNING = _number(COMMANDS, 2 + len(COMMANDS_IN_SHUTDOWN))
COMMAND_BY_NAME = {**_ALWAYS, **_RUNNING}
COMMAND_BY_ID = {message.ident: message for message in COMMAND_BY_NAME.values()}
ALLOWED_IN_SHUTDOWN = frozenset(_ALWAYS)
RESPONSE_BY_NAME = {
    "identify_response": IDENTIFY_RESPONSE,
    **_number(RESPONSES, 2 + len(COMMANDS_IN_SHUTDOWN) + len(COMMANDS)),
}


def dictionary_blob() -> bytes:
    """The compressed text that the host reads piece by piece at connect."""
    # There is no SERIAL_BAUD on purpose: with it the host would reset the board
    # over the DTR line, which a pseudo terminal does not have.
    return zlib.compress(
        json.dumps(
            {
                "version": "simulated-1",
                "build_versions": "python",
                "app": "Simulator",
                "commands": {m.text: m.ident for m in COMMAND_BY_NAME.values()},
                "responses": {m.text: m.ident for m in RESPONSE_BY_NAME.values()},
                "enumerations": {
                    "pin": {**_PORTS, **PINS},
                    "static_string_id": TEXT_IDS,
                },
                "config": {
                    "MCU": "simulated",
                    "CLOCK_FREQ": CLOCK_FREQ,
                    "ADC_MAX": ADC_MAX,
                    "PWM_MAX": PWM_MAX,
                    "STATS_SUMSQ_BASE": STATS_SUMSQ_BASE,
                    "STEPPER_STEP_BOTH_EDGE": 1,
                },
            }
        ).encode()
    )
