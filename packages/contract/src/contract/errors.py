"""The errors that the contract's readers and writers raise."""


class ContractError(Exception):
    """Base of every error of the contract."""


class BadSettingError(ContractError):
    """An environment variable with a value that can't be used; the message names it."""


class BadSchemaError(ContractError):
    """A schema file that is not a valid feature schema."""


class BadRecordError(ContractError):
    """A stream entry that is not a valid record; the message is the reason."""


class BadWindowIdError(ContractError):
    """A text that is not a window id."""
