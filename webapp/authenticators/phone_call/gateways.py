"""Which gateway a centre's calls go through."""

from webapp.authenticators.phone_call.voice_gateway import GatewayError, VoiceGateway
from webapp.config import CONSOLE, Config


def announcer_for(config: Config) -> VoiceGateway | None:
    """Return what tells people something by phone; None where nobody is called."""
    return gateway_for(config) if config.phone_gateway else None


def gateway_for(config: Config) -> VoiceGateway:
    """Return the gateway that the configuration names.

    Raises:
        GatewayError: there is none; a centre that is no demo has no console either.
    """
    # Each is loaded only where it is used.
    if config.phone_gateway == "twilio" and config.voice:
        from webapp.authenticators.phone_call.twilio_gateway import TwilioGateway

        return TwilioGateway(config.voice)
    if not has_console(config):
        raise GatewayError("no gateway is configured")
    from webapp.authenticators.phone_call.console_gateway import ConsoleGateway

    return ConsoleGateway(config.public_url)


def has_console(config: Config) -> bool:
    """Say whether calls ring in the terminal: only in a demo."""
    return config.demo and config.phone_gateway == CONSOLE
