"""Jobber's three scenarios as a program in Python goes through them, with the GraphQL client gql.

The client fetches the schema and holds each request against it before it is sent. METIER_URL names the public door, at
which anybody may make an account, and METIER_PASSWORD is what the accounts get.
"""

import json
import os
import time
from io import BytesIO
from typing import Any

import requests
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError, TransportServerError
from gql.transport.requests import RequestsHTTPTransport

DOOR = os.environ["METIER_URL"]
PASSWORD = os.environ["METIER_PASSWORD"]
PATIENCE_SECONDS = 300
PRODUCTS = 100

CREATE_USER = gql("mutation($input: CreateUserInput!) { createUser(createUserInput: $input) { id email } }")
LOGIN = gql("mutation($input: LoginInput!) { login(loginInput: $input) { id email } }")
USERS = gql("{ me { id email } }")
KINDS = gql("{ jobsMetadata { name description } }")
EXECUTE = gql(
    "mutation($input: ExecuteJobInput!) { executeJob(executeJobInput: $input) "
    "{ id name size completed status startedAt endedAt } }"
)
JOB = gql("query($id: Float!) { job(id: $id) { id name size completed status startedAt endedAt } }")
JOBS = gql("{ jobs { id name status } }")


class Person:
    """Somebody with an account, known by the cookie that signing in gave."""

    def __init__(self, email: str) -> None:
        # A stranger is told no schema, so requests at this address go unchecked until somebody has signed in.
        stranger = RequestsHTTPTransport(f"{DOOR}/auth/graphql", timeout=60)
        with Client(transport=stranger) as session:
            made = session.execute(CREATE_USER, {"input": {"email": email, "password": PASSWORD}})
            known = session.execute(LOGIN, {"input": {"email": email, "password": PASSWORD}})
            assert known["login"] == made["createUser"], (known, made)
            assert isinstance(made["createUser"]["id"], str) and made["createUser"]["email"] == email, made
            self.cookies = stranger.session.cookies.get_dict()
        self.id = made["createUser"]["id"]
        assert list(self.cookies) == ["Authentication"], self.cookies.keys()

    def at(self, service: str) -> Client:
        transport = RequestsHTTPTransport(f"{DOOR}/{service}/graphql", cookies=self.cookies, timeout=60)
        return Client(transport=transport, fetch_schema_from_transport=True)

    def runs(self, name: str, data: Any) -> dict[str, Any]:
        """Submits a job as soon as an executor has said that it knows the kind, and follows it to its end."""
        with self.at("jobs") as session:
            job = until(lambda: submitted(session, name, data))
            assert job["status"] in ("IN_PROGRESS", "COMPLETED") and job["startedAt"], job
            return until(lambda: ended(session.execute(JOB, {"id": job["id"]})["job"]))

    def upload(self, content: Any) -> str:
        file = {"file": ("products.json", BytesIO(json.dumps(content).encode()), "application/json")}
        answer = requests.post(f"{DOOR}/jobs/uploads/file", files=file, cookies=self.cookies, timeout=60)
        kept = answer.json()
        assert answer.status_code == 201 and kept["originalName"] == "products.json", kept
        return kept["filename"]


def until(look: Any) -> Any:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while (found := look()) is None:
        assert time.monotonic() < give_up, "it never came to that"
        time.sleep(0.1)
    return found


def submitted(session: Any, name: str, data: Any) -> Any:
    try:
        return session.execute(EXECUTE, {"input": {"name": name, "data": data}})["executeJob"]
    except TransportQueryError as refused:
        assert code(refused) == "unknown_kind", refused
        return None


def ended(job: dict[str, Any]) -> Any:
    return None if job["status"] == "IN_PROGRESS" else job


def code(refused: TransportQueryError) -> str:
    assert refused.errors, refused
    return refused.errors[0]["extensions"]["code"]


def scenario_1_a_user_creates_a_fibonacci_job() -> None:
    maria = Person("maria@example.org")
    one = maria.runs("Fibonacci", {"iterations": 40})
    assert isinstance(one["id"], int) and one["endedAt"] >= one["startedAt"], one
    assert (one["name"], one["size"], one["completed"], one["status"]) == ("Fibonacci", 1, 1, "COMPLETED"), one
    many = maria.runs("Fibonacci", [{"iterations": n % 50 + 1} for n in range(200)])
    assert (many["size"], many["completed"], many["status"]) == (200, 200, "COMPLETED"), many
    with maria.at("jobs") as session:
        kinds = {kind["name"] for kind in session.execute(KINDS)["jobsMetadata"]}
        assert {"Fibonacci", "LoadProducts"} <= kinds, kinds
        assert [job["id"] for job in session.execute(JOBS)["jobs"]] == [many["id"], one["id"]]


def scenario_2_products_are_loaded_in_bulk() -> None:
    john = Person("john@example.org")
    lamp = {"category": "Furniture", "price": 20, "stock": 3, "rating": 4.5, "description": "Dimmable"}
    name = john.upload([{"name": f"Desk lamp {n}", **lamp} for n in range(PRODUCTS)])
    for _ in ("loaded", "loaded again, nothing doubles"):
        job = john.runs("LoadProducts", {"fileName": name})
        assert (job["size"], job["completed"], job["status"]) == (PRODUCTS, PRODUCTS, "COMPLETED"), job
    page = requests.get(f"{DOOR}/api/v1/products?limit=500", cookies=john.cookies, timeout=60).json()
    assert len({product["name"] for product in page["items"]}) == len(page["items"]) == PRODUCTS, page
    assert {product["price"] for product in page["items"]} == {"21.20"}, "Furniture adds 6 percent"


def scenario_3_a_user_is_known_to_every_service() -> None:
    ada = Person("ada.l@example.org")
    with ada.at("auth") as session:
        assert session.execute(USERS)["me"] == {"id": ada.id, "email": "ada.l@example.org"}
    with ada.at("jobs") as session:
        assert session.execute(JOBS)["jobs"] == [], "others' jobs are none of hers"
    products = requests.get(f"{DOOR}/api/v1/products", cookies=ada.cookies, timeout=60)
    assert products.status_code == 200, products.text
    for cookies in ({}, {"Authentication": "not.a.token"}):
        stranger = RequestsHTTPTransport(f"{DOOR}/jobs/graphql", cookies=cookies, timeout=60)
        with Client(transport=stranger) as session:
            try:
                said = session.execute(JOBS)
            except (TransportServerError, TransportQueryError) as refused:
                assert "401" in str(refused) or "unauthenticated" in str(refused), refused
            else:
                raise AssertionError(f"a stranger was told {said}")


for scenario in (
    scenario_1_a_user_creates_a_fibonacci_job,
    scenario_2_products_are_loaded_in_bulk,
    scenario_3_a_user_is_known_to_every_service,
):
    scenario()
    print(scenario.__name__.replace("_", " "), "- done", flush=True)
