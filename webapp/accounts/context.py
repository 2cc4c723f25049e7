"""What the settings of this centre say about accounts."""

from webapp.accounts.second_operator import SecondOperatorRule
from webapp.ca.context import current_ca
from webapp.config import Config


def second_operator_rule(config: Config) -> SecondOperatorRule:
    """Return when a change at the counter waits for a second operator."""
    return SecondOperatorRule(
        config.second_operator_hours, config.confirm_new_customers
    )


def current_second_operator_rule() -> SecondOperatorRule:
    """Return the rule of this application."""
    return second_operator_rule(current_ca().config)
