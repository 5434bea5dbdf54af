"""The whole error tree of the suite. Clients raise these and nothing else."""


class ConnectorError(Exception):
    """Anything that went wrong between us and the other side.

    `retry_after`: seconds the other side asks us to wait, None when it did not say.
    The text is shown to people: it names the cause, never a secret or a person.
    `unanswered`: nobody answered at all: a time-out, a connection refused or cut.
    """

    unanswered: bool = False

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TransientError(ConnectorError):
    """It may work later, unchanged: time-out, 429, 5xx, connection refused."""


class PausedError(TransientError):
    """Not asked at all: the other side has not answered for a while. No attempt."""


class AuthenticationError(ConnectorError):
    """The credential is not accepted: refresh once, then disconnect the account."""


class SignatureError(ConnectorError):
    """An inbound request is not from whom it claims to be."""


class RejectedError(ConnectorError):
    """Understood and refused; no retry will cure it. `code`: the other side's own."""

    def __init__(
        self, message: str, code: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(message, retry_after)
        self.code = code


class UnexpectedResponseError(ConnectorError):
    """An answer or event that no document describes. `payload`: what came, as text."""

    def __init__(self, message: str, payload: str = "") -> None:
        super().__init__(message)
        self.payload = payload


class UncertainError(ConnectorError):
    """A request that must not be repeated may have arrived: ask, never resend."""
