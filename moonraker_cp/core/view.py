"""A moment as clients see it: the state, and what follows from it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from .conditions import Conditions
from .decisions import Situation
from .forecast import Forecast, HistoryFacts
from .model import State
from .outlook import Outlook, choice_to_come, outlook
from .questions import Question, question
from .strategies import Choice


@dataclass(frozen=True)
class View:
    """history: what earlier prints teach, for the times that are expected."""

    situation: Situation
    history: HistoryFacts = field(default_factory=HistoryFacts)

    @property
    def state(self) -> State:
        return self.situation.state

    @property
    def conditions(self) -> Conditions:
        return self.situation.conditions

    @cached_property
    def question(self) -> Question | None:
        """What a person is asked now."""
        return question(self.situation)

    @cached_property
    def choice(self) -> Choice:
        """What is printed next, after the copy in the printer if there is one."""
        return choice_to_come(self.situation)

    @cached_property
    def outlook(self) -> Outlook:
        forecast = Forecast(self.situation, self.history)
        return outlook(self.situation, self.choice, forecast)
