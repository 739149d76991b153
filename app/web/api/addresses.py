"""Addresses in the orders API: read and written like those of the pages."""

from typing import Annotated, ClassVar, Self

from pydantic import (
    AfterValidator,
    Field,
    ValidationError,
    WithJsonSchema,
    computed_field,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from app.errors import ValidationFailed
from app.orders.address_fields import BILLING, DELIVERY, countries
from app.orders.addresses import read_address
from app.orders.models import Address
from app.shipping.address_format import format_address
from app.web.api.schemas import ApiRequest, ApiResponse


def _known_country(code: str) -> str:
    if code not in countries():
        raise ValueError("Enter the country as an ISO 3166-1 alpha-2 code in capitals, such as DE.")
    return code


def _invalid_field(name: str, message: str) -> InitErrorDetails:
    error = PydanticCustomError("address", "{message}", {"message": str(message)})
    return InitErrorDetails(type=error, loc=(name,), input="")


# ``read_address`` reads these texts: the schema is for clients.
AddressText = Annotated[str, WithJsonSchema({"type": "string", "maxLength": 100})]
PhoneText = Annotated[str, WithJsonSchema({"type": "string", "maxLength": 30})]
RequiredText = Annotated[str, WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 100})]
Country = Annotated[
    str,
    AfterValidator(_known_country),
    WithJsonSchema({"type": "string", "pattern": "^[A-Z]{2}$"}),
]


class PostalAddressRequest(ApiRequest):
    """An address. The country decides which fields are required and which must be empty.

    Postcode and region are accepted in every usual spelling and stored in one.
    """

    section: ClassVar[str] = BILLING

    name: RequiredText = Field(examples=["Ada Potter"])
    company: AddressText = Field("", examples=[""])
    street: RequiredText = Field(examples=["Kiln Row 12"])
    street2: AddressText = Field("", description="Apartment, floor or building.", examples=[""])
    district: AddressText = Field("", description="A part of the city.", examples=[""])
    city: AddressText = Field("", examples=["Höhr-Grenzhausen"])
    postal_code: AddressText = Field("", examples=["56203"])
    region: AddressText = Field("", description="State or province.", examples=[""])
    country: Country = Field(description="ISO 3166-1 alpha-2 code.", examples=["DE"])

    @model_validator(mode="after")
    def _is_valid_in_its_country(self) -> Self:
        """Each error has the location of its field. The reader of the checkout page reads them."""
        try:
            self.read()
        except ValidationFailed as failed:
            errors = [_invalid_field(name, error) for name, error in failed.errors.items()]
            raise ValidationError.from_exception_data(type(self).__name__, errors) from None
        return self

    def read(self) -> Address:
        return read_address(self.model_dump(), self.section)


class AddressRequest(PostalAddressRequest):
    """A delivery address, with the phone number that the carrier needs outside the EU."""

    section: ClassVar[str] = DELIVERY

    phone: PhoneText = Field("", examples=["+49 30 1234567"])


class AddressResponse(ApiResponse):
    """An address as it is kept; fields that its country does not use are empty."""

    name: str = Field(examples=["Ada Potter"])
    company: str = Field(examples=[""])
    street: str = Field(examples=["Kiln Row 12"])
    street2: str = Field(examples=[""])
    district: str = Field(examples=[""])
    city: str = Field(examples=["Höhr-Grenzhausen"])
    postal_code: str = Field(examples=["56203"])
    region: str = Field(examples=[""])
    country: str = Field(description="ISO 3166-1 alpha-2 code.", examples=["DE"])
    phone: str = Field(examples=["+49 30 1234567"])

    @computed_field(  # type: ignore[prop-decorator]
        description="The lines of the address in the postal format of its country.",
        examples=[["Ada Potter", "Kiln Row 12", "56203 Höhr-Grenzhausen", "Germany"]],
    )
    @property
    def lines(self) -> list[str]:
        return format_address(self)
