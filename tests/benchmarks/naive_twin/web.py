"""The twin's one web function: FastAPI and Mangum, a route for each page."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Cookie, FastAPI
from mangum import Mangum
from msgspec import Struct
from pydantic import BaseModel
from ulid import ULID

from tests.benchmarks.naive_twin.logs import log, log_input
from tests.benchmarks.naive_twin.tables import (
    CARTS,
    ORDERS,
    PRODUCTS,
    Row,
    client,
    delete,
    get,
    put,
    query,
    scan,
)

app = FastAPI()

type Customer = Annotated[str, Cookie()]


class Line(BaseModel):
    """A cart line."""

    product_id: str
    quantity: int


class CheckoutForm(BaseModel):
    """The fields of the checkout form."""

    email: str
    name: str
    street: str
    postal_code: str
    city: str
    country: str
    payment_method: str


class Addresses(Struct, frozen=True):
    """The ARNs of the twin's topic and workflow."""

    topic: str = "arn:aws:sns:us-east-1:123456789012:naive-orders"
    workflow: str = "arn:aws:states:us-east-1:123456789012:stateMachine:naive-order"


@app.get("/")
def home() -> list[Row]:
    return scan(PRODUCTS)


@app.get("/products/{product_id}")
def product(product_id: str) -> Row:
    found = get(PRODUCTS, product_id=product_id)
    related = query(PRODUCTS, "category", found["category"], index="by-category")
    return found | {"related": related[:4]}


@app.post("/cart")
def add_to_cart(line: Line, customer: Customer) -> Row:
    found = get(PRODUCTS, product_id=line.product_id)
    row = {
        "customer_id": customer,
        "product_id": line.product_id,
        "name": found["name"],
        "price": found["price"],
        "image_url": found["image_url"],
        "quantity": line.quantity,
        "added_at": datetime.now(UTC).isoformat(),
    }
    put(CARTS, row)
    return row


@app.get("/cart")
def cart(customer: Customer) -> list[Row]:
    lines = query(CARTS, "customer_id", customer)
    return [line | get(PRODUCTS, product_id=line["product_id"]) for line in lines]


@app.post("/checkout")
def checkout(form: CheckoutForm, customer: Customer) -> Row:
    lines = query(CARTS, "customer_id", customer)
    for line in lines:
        assert get(PRODUCTS, product_id=line["product_id"])["stock"] >= line["quantity"]
    order = _order(form, customer, lines)
    put(ORDERS, order)
    log("order saved", order_id=order["order_id"])
    client("sns").publish(
        TopicArn=Addresses().topic,
        Message=json.dumps(order),
        MessageAttributes={"type": {"DataType": "String", "StringValue": "OrderPlaced"}},
    )
    client("stepfunctions").start_execution(
        stateMachineArn=Addresses().workflow,
        name=order["order_id"],
        input=json.dumps({"order_id": order["order_id"]}),
    )
    for line in lines:
        delete(CARTS, customer_id=customer, product_id=line["product_id"])
    log("order placed", order_id=order["order_id"])
    return order


def _order(form: CheckoutForm, customer: str, lines: list[Row]) -> Row:
    now = datetime.now(UTC).isoformat()
    names = ("product_id", "name", "price", "quantity", "image_url")
    return {
        "order_id": str(ULID()),
        "customer_id": customer,
        "email": form.email,
        "status": "PENDING",
        "items": [{name: line[name] for name in names} for line in lines],
        "shipping_address": form.model_dump(exclude={"email", "payment_method"}),
        "payment_method": form.payment_method,
        "total": sum(line["price"] * line["quantity"] for line in lines),
        "currency": "EUR",
        "created_at": now,
        "updated_at": now,
    }


@app.get("/orders/{order_id}")
def order(order_id: str) -> Row:
    return get(ORDERS, order_id=order_id)


_answer: Any = Mangum(app, lifespan="off")


@log_input
def handler(request: dict[str, Any], context: Any) -> Any:
    return _answer(request, context)
