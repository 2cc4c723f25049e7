"""What a client may say at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from socketio.packet import CONNECT, EVENT, Packet

from mobile_bridge.relay.relay import EVENTS
from mobile_bridge.server.socketio_codec import (
    NAMESPACE,
    PacketError,
    decode_connect,
    decode_event,
    encode_ack,
    encode_connect,
    encode_event,
)
from tests.support.relay_device import text

SID = text(b"s" * 16)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("number", [None, 0, 12])
def test_what_the_library_writes_for_our_devices_is_read(event, number):
    body = {"sid": SID, "n": 1, "reason": "done"}
    encoded = Packet(EVENT, [event, body], namespace=NAMESPACE, id=number).encode()

    call = decode_event(f"4{encoded}")

    assert call.event == event
    assert call.number == ("" if number is None else str(number))
    assert call.message == {"sid": b"s" * 16, "n": 1, "reason": "done"}


@pytest.mark.parametrize("about", [None, {}, {"token": SID, "received": 2}])
def test_a_device_opens_the_namespace_and_may_say_whose_it_is(about):
    hello = Packet(CONNECT, namespace=NAMESPACE, data=about).encode()

    read = decode_connect(f"4{hello}")

    assert read.get("received") == (about or {}).get("received")


@pytest.mark.parametrize(
    "hello",
    ["40", "40/", "40/other,", "40/bridge", "40/bridge,[", '40/bridge,{"a":{}}',
     '40/bridge,{"a":1', '40/bridge,{"token":"?"}', "41/bridge,", "2probe"],
)  # fmt: skip
def test_no_other_namespace_is_opened(hello):
    with pytest.raises(PacketError):
        decode_connect(hello)


@pytest.mark.parametrize(
    "event", ["connect", "disconnect", "*", "", "message", "show ", "\\u0067ot", "Show"]
)
def test_the_librarys_own_events_are_not_for_clients(event):
    with pytest.raises(PacketError):
        decode_event(f'42/bridge,1["{event}",{{}}]')


@pytest.mark.parametrize(
    "message",
    [
        "", "0", "1", "2", "4", "5", "6", "9", "z", "4{}", "4[]", "4" + "[" * 60_000,
        "41/bridge,", '43/bridge,0[{}]', "44/bridge,{}", '46/bridge,["got",{}]',
        '42["got",{}]', '42/bridge?a,["got",{}]', '42/bridge,0["got"]', "42/bridge,0",
        '42/bridge,0["got",1]', '42/bridge,0["got",[]]', '451-/bridge,1["got",{}]',
        '42/bridge,0["got",{}', '42/bridge,["got",{"n":' + "[" * 60_000,
        '42/bridge,1234567890["got",{}]', '42/bridge,٣["got",{}]', "4b\n",
    ],
)  # fmt: skip
def test_nothing_else_is_a_call(message):
    with pytest.raises(PacketError):
        decode_event(message)


@pytest.mark.parametrize(
    "body",
    [
        "{},{}", '{"n":1234567890}', '{"n":[1]}', '{"n":{}}', '{"n":1.5}',
        '{"n":NaN}', '{"n":-Infinity}', '{"sid":1}', '{"sid":"a+b/"}', '{"sid":"a"}',
        '{"sid":"AA=="}', '{"sid":"AB"}', '{"sid":null}', '{"a":' + "[" * 50_000 + "}",
        '{"a":1}}', '"{}',
    ],
)  # fmt: skip
def test_a_body_of_another_form_is_answered_and_never_looked_into(body):
    call = decode_event(
        f'42/bridge,1["got",{body}' + ("}]" if body[-1] != "}" else "]")
    )

    assert call.message is None


@given(st.text(max_size=60))
def test_reading_answers_whatever_comes(payload):
    for read in (decode_event, decode_connect):
        try:
            read(f"42/bridge,{payload}")
        except PacketError:
            continue


def test_the_library_reads_what_is_written():
    content = {"ok": True, "frames": [{"n": 1, "data": b"\xfb\xff"}], "name": "김"}
    expected = {"ok": True, "frames": [{"n": 1, "data": "-_8"}], "name": "김"}

    for text_value, data in (
        (encode_ack("7", content), [expected]),
        (encode_event("frame", content), ["frame", expected]),
    ):
        packet = Packet(encoded_packet=text_value[1:])

        assert (packet.namespace, packet.data) == (NAMESPACE, data)

    opened = Packet(encoded_packet=encode_connect("name")[1:])
    assert (opened.packet_type, opened.data) == (CONNECT, {"sid": "name"})
