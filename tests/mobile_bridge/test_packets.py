"""What a client may say at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from socketio.packet import EVENT, Packet

from mobile_bridge.packets import NAMESPACE, Gate
from mobile_bridge.relay import EVENTS

CONNECT = "40/bridge,"
PLACE = '{"_placeholder":true,"num":0}'
SID = '{"sid":{"_placeholder":true,"num":0}}'


def opened() -> Gate:
    gate = Gate()
    assert gate.lets_pass(CONNECT)
    return gate


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize(
    "body", [{}, {"n": 1, "reason": "done"}, {"sid": b"s"}, {"sid": b"s", "data": b""}]
)
def test_what_our_devices_send_passes(event, body):
    gate = opened()
    said = Packet(EVENT, [event, body], namespace=NAMESPACE, id=12).encode()
    text, *attachments = said if isinstance(said, list) else [said]

    for _ in range(2):
        assert gate.lets_pass(f"4{text}")
        assert gate.lets_pass("3")
        assert all(gate.lets_pass(attachment) for attachment in attachments)


@pytest.mark.parametrize("hello", ["40/bridge,", "40/bridge,{}"])
def test_a_connection_opens_the_namespace_once(hello):
    gate = Gate()

    assert not Gate().lets_pass('42/bridge,["got",{}]')
    assert gate.lets_pass(hello)
    assert not gate.lets_pass(hello)


@pytest.mark.parametrize(
    "hello", ["40", "40/", "40/other,", "40/bridge", '40/bridge,{"a":1}', "40/bridge,["]
)
def test_no_other_namespace_is_opened(hello):
    assert not Gate().lets_pass(hello)


@pytest.mark.parametrize(
    "event", ["connect", "disconnect", "*", "", "message", "show ", "\\u0067ot", "Show"]
)
def test_the_librarys_own_events_are_not_for_clients(event):
    assert not opened().lets_pass(f'42/bridge,1["{event}",{{}}]')
    assert not opened().lets_pass(f'451-/bridge,1["{event}",{SID}]')


@pytest.mark.parametrize(
    "message",
    [
        "", "0", "1", "2", "4", "5", "6", "9", "z", "4{}", "4[]", "4" + "[" * 60_000,
        "41/bridge,", '43/bridge,0[{}]', "44/bridge,{}", '46/bridge,["got",{}]',
        '42["got",{}]', '42/bridge?a,["got",{}]', '42/bridge,0["got"]', "42/bridge,0",
        '42/bridge,0["got",1]', '42/bridge,0["got",[]]', '42/bridge,0["got",{},{}]',
        '42/bridge,0["got",{}', '42/bridge,["got",{"n":' + "[" * 60_000,
        '42/bridge,1234567890["got",{}]', '42/bridge,٣["got",{}]',
        '42/bridge,["got",{"n":1234567890}]', '42/bridge,["got",{"n":[1]}]',
        '42/bridge,["got",{"n":{}}]', '450-/bridge,["got",{}]', "4b\n",
    ],
)  # fmt: skip
def test_nothing_else_reaches_the_library(message):
    assert not opened().lets_pass(message)


@pytest.mark.parametrize(
    "message",
    [
        f'453-/bridge,["got",{{"a":{PLACE}}}]',
        f'4599999999-/bridge,["got",{{"a":{PLACE}}}]',
        f'451-/bridge,["got",{{"a":{PLACE},"b":{PLACE}}}]',
        f'452-/bridge,["got",{{"a":{PLACE},"b":{PLACE}}}]',
        f'42/bridge,["got",{{"a":{PLACE}}}]',
        '451-/bridge,["got",{}]',
        '451-/bridge,["got",{"a":{"_placeholder":true,"num":99}}]',
        '451-/bridge,["got",{"a":{"_placeholder":true,"num":-1}}]',
        '451-/bridge,["got",{"a":{"_placeholder":true,"num":"x"}}]',
        '451-/bridge,["got",{"a":{"_placeholder":true,"num":0.0}}]',
        '451-/bridge,["got",{"a":{"_placeholder":true,"num":false}}]',
    ],
)
def test_attachments_are_two_at_most_and_each_has_its_place(message):
    assert not opened().lets_pass(message)


def test_bytes_come_only_when_they_were_announced():
    gate = opened()

    assert not opened().lets_pass(b"2")
    assert not Gate().lets_pass(b"")
    assert gate.lets_pass(f'451-/bridge,["got",{SID}]')
    assert gate.lets_pass(b"s")
    assert not gate.lets_pass(b"s")


def test_nothing_is_said_between_an_event_and_its_bytes():
    gate = opened()
    assert gate.lets_pass(f'451-/bridge,["got",{SID}]')

    assert not gate.lets_pass('42/bridge,["got",{}]')


@given(st.text(max_size=40) | st.binary(max_size=4))
def test_the_gate_answers_whatever_comes(message):
    gate = opened()

    assert gate.lets_pass(f'42/bridge,["got",{message!r}') is False
    assert gate.lets_pass(message) is (message == "3")
