"""Follows the topic payment-status.v1, and keeps each order's status, and what the shop has of it, in SQLite."""

import argparse
import json
import signal
import sqlite3
import sys
import time
from urllib.request import urlopen

import fastjsonschema
from kafka import KafkaConsumer
from kafka.errors import KafkaError

# The types that this consumer knows, and what an order is by them.
STATUS = {
    "payment.completed": "paid",
    "payment.authorized": "authorized",
    "payment.declined": "failed",
    "payment.captured": "paid",
    "payment.released": "cancelled",
    "payment.refunded": "refunded",
}

TABLES = """
create table if not exists inbox (event_id text primary key);
create table if not exists set_aside (position text primary key, reason text not null, value blob);
create table if not exists orders (
  order_id text primary key, status text not null, rank integer not null,
  captured integer not null, refunded integer not null);
"""

# In whatever sequence the events come: the highest rank has the status, each event says all that was captured, refunds add up.
APPLY = """
insert into orders values (:order_id, :status, :rank, :captured, :refunded)
on conflict (order_id) do update set
  status = case when excluded.rank > rank then excluded.status else status end, rank = max(rank, excluded.rank),
  captured = max(captured, excluded.captured), refunded = refunded + excluded.refunded
"""


def read_contract(gateway):
    """The topic, and a validator for each type, from the AsyncAPI document that the system serves."""
    with urlopen(f"{gateway}/asyncapi.json", timeout=10) as reply:
        document = json.load(reply)
    channel, schemas = document["channels"]["paymentStatus"], document["components"]["schemas"]
    return channel["address"], {kind: fastjsonschema.compile(schemas[kind]) for kind in STATUS}


def handle(db, validators, record):
    """Stores what a record says. Returns the order's line, or None if the record says nothing new."""
    try:
        event = json.loads(record.value)
        if event["type"] not in validators:
            return None  # New types may come, and are for others.
        validators[event["type"]](event)
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        # It never becomes valid, so it must not hold up what comes after it. A person looks at it.
        position = f"{record.topic}/{record.partition}/{record.offset}"
        db.execute("insert or ignore into set_aside values (?, ?, ?)", (position, str(error), record.value))
        say(f"set aside {position}: {error}")
        return None
    # A repeat has the same id, which is stored in the transaction of what the event changes.
    if db.execute("insert or ignore into inbox values (?)", (event["id"],)).rowcount == 0:
        return None
    db.execute(APPLY, said_by(event["type"], event["data"]))
    order = db.execute("select status, captured - refunded from orders where order_id = ?", (event["subject"],))
    return "{} {} {} {}".format(event["subject"], *order.fetchone(), event["data"]["currency"])


def said_by(kind, data):
    status = "cancelled" if data.get("reason") == "cancelled" else STATUS[kind]
    whole = data["amount"] if kind in ("payment.completed", "payment.refunded") else 0
    return {
        "order_id": data["orderId"],
        "status": status if data["rank"] > 0 else "undecided",  # Rank 0 changes no status: a refund of a part.
        "rank": data["rank"],
        "captured": data.get("amountCaptured", whole),
        "refunded": data.get("refundAmount", whole) if kind == "payment.refunded" else 0,
    }


def begin_again(consumer):
    """Has the group begin at the oldest event that Kafka keeps, wherever it was."""
    for partition, offset in consumer.beginning_offsets(consumer.assignment()).items():
        consumer.seek(partition, offset)
    consumer.commit(timeout_ms=10_000)  # Before the first event is in the inbox: else a crash would leave a gap.


def follow(consumer, db, validators):
    stopping = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.append(True))
    is_new = db.execute("select 1 from inbox limit 1").fetchone() is None
    while not stopping:
        try:
            records = [record for batch in consumer.poll(timeout_ms=500).values() for record in batch]
            if is_new and consumer.assignment():
                begin_again(consumer)
                say("the inbox is empty: begins at the beginning of the topic")
                is_new = False
            elif records and not is_new:
                take(records, db, validators)
                consumer.commit(timeout_ms=10_000)  # Last: what a crash leaves out of it comes again, and is a repeat.
        except KafkaError as error:
            # Kafka is away, or has given the partitions to another copy. The inbox has what was not committed.
            say(f"Kafka: {error}; trying again")
            time.sleep(1)


def take(records, db, validators):
    with db:  # One transaction for all of them.
        lines = [line for record in records if (line := handle(db, validators, record))]
    print(*(f"{line}\n" for line in lines), sep="", end="", flush=True)


def connect(topic, given):
    return KafkaConsumer(
        topic,
        bootstrap_servers=given.kafka,
        group_id=given.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        allow_auto_create_topics=False,
        bootstrap_timeout_ms=10_000,
        session_timeout_ms=10_000,  # How long the others wait for the partitions of one that was killed.
    )


def say(text):
    print(text, file=sys.stderr, flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    options.add_argument("--gateway", default="http://127.0.0.1:8080", help="serves /asyncapi.json")
    options.add_argument("--kafka", default="127.0.0.1:9092", help="host:port of a broker")
    options.add_argument("--group", default="example.follow-orders", help="a consumer group of your own")
    options.add_argument("--database", default="orders.db", help="a file of SQLite")
    given = options.parse_args()
    try:
        topic, validators = read_contract(given.gateway)
    except (OSError, ValueError, LookupError) as error:
        sys.exit(f"{given.gateway}/asyncapi.json cannot be read: {error}. Give the gateway's address: --gateway")
    db = sqlite3.connect(given.database)
    db.executescript(TABLES)
    try:
        consumer = connect(topic, given)
    except KafkaError as error:
        sys.exit(f"Kafka does not answer at {given.kafka}: {error}. Give the address of a broker: --kafka")
    say(f"connected to {given.kafka}, group {given.group}")
    try:
        follow(consumer, db, validators)
    finally:
        consumer.close()


if __name__ == "__main__":
    main()
