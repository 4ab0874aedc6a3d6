"""What a learner sees during a run, and the stop button: with a fake kernel, and in a real one."""

import queue
import signal
import time

import pytest
import torch

from ganlab.training import monitor as showing
from ganlab.training.history import History
from ganlab.training.monitor import Interrupts, Monitor, StopButton, live_figure, notebook_kernel, summary


def watching(**settings):
    """A monitor that nobody interrupts."""
    return Monitor(done=0, interrupts=Interrupts(), **settings)


def make_history(count=700):
    history = History(images_per_second=123.4)
    for step in range(1, count + 1):
        history.record(step, {"loss_d": 1 / step, "loss_g": 0.5})
    return history


class Stream:
    """As much of a ZMQStream as the button needs: messages put into ``waiting`` arrive when it is flushed."""

    def __init__(self):
        self.waiting, self.handled = [], []
        self._recv_callback = self.handled.append

    def on_recv(self, callback, copy):
        assert copy is False
        self._recv_callback = callback

    def flush(self, flag):
        assert flag == live_zmq_pollin()
        while self.waiting:
            self._recv_callback(self.waiting.pop(0))


def live_zmq_pollin():
    import zmq

    return zmq.POLLIN


class Kernel:
    """As much of a kernel: an ipykernel 6, or with ``inner`` an ipykernel 7."""

    def __init__(self, inner=False):
        from jupyter_client.session import Session

        self.session = Session(key=b"secret")
        self.shell_stream = Stream()
        if inner:
            stream, self.shell_stream = self.shell_stream, None
            pair = type("Pair", (), {"to_stream": stream})
            manager = type("Manager", (), {"get_shell_channel_to_subshell_pair": lambda *_: pair})()
            self.shell_channel_thread = type("Thread", (), {"manager": manager})()
            self.stream = stream
        else:
            self.stream = self.shell_stream

    def send(self, comm, event="click", kind="comm_msg"):
        import zmq

        content = {"comm_id": comm, "data": {"method": "custom", "content": {"event": event}}}
        parts = [b"client", *self.session.serialize(self.session.msg(kind, content))]
        self.stream.waiting.append([zmq.Frame(part) for part in parts])


@pytest.mark.parametrize("inner", [False, True])
def test_a_click_on_the_button_is_noted_and_every_message_handed_on(inner):
    kernel = Kernel(inner)
    handler = kernel.stream._recv_callback
    with StopButton(kernel) as button:
        kernel.send("another widget")
        kernel.send(button.widget.model_id, event="hover")
        kernel.send(button.widget.model_id, kind="comm_close")
        kernel.stream.waiting.append([])  # not a message at all
        button.poll()
        assert not button.pressed
        kernel.send(button.widget.model_id)
        button.poll()  # too soon after the last time
        assert not button.pressed
        time.sleep(0.06)
        button.poll()
        assert button.pressed
    assert len(kernel.stream.handled) == 5
    assert kernel.stream._recv_callback == handler
    assert button.widget.disabled
    # The kernel can still read it: looking has not used the signature up.
    _, parts = kernel.session.feed_identities(kernel.stream.handled[-1], copy=False)
    assert kernel.session.deserialize(parts, copy=False)["content"]["data"]["content"]["event"] == "click"


def test_a_click_delivered_on_another_thread_counts_too():
    with StopButton(Kernel()) as button:
        button.widget.click()
        assert button.pressed


def test_a_kernel_of_another_kind_has_a_button_that_waits_for_its_click():
    kernel = Kernel()
    del kernel.shell_stream
    with StopButton(kernel) as button:
        button.poll()
        assert not button.pressed


def test_the_figure_has_curves_and_pictures_points_or_nothing():
    figure = live_figure(make_history(), torch.rand(40, 1, 8, 8))
    left, right = figure.axes
    assert [line.get_label() for line in left.lines] == ["loss_d", "loss_g"]
    steps, values = left.lines[1].get_data()
    assert 300 <= len(steps) <= 600
    assert set(values) == {0.5}
    assert len(right.images) == 1
    assert "loss_g 0.5, 123 images/s" in left.get_title()
    assert len(live_figure(make_history(3), torch.rand(9, 2)).axes[1].collections) == 1
    assert not live_figure(History()).axes[1].images


def test_the_bar_in_a_terminal_ends_with_losses_and_speed(capsys):
    history = make_history(3)
    with watching(steps=3, progress=True, live=True) as monitor:
        for step in (1, 2, 3):
            monitor.update(step, history)
        assert monitor.stopping == ""
    printed = capsys.readouterr().err
    assert "3/3" in printed
    assert summary(history) in printed
    with watching(steps=3, progress=False, live=False) as monitor:
        monitor.update(1, history)
    assert capsys.readouterr().err == ""


def test_in_a_notebook_the_end_is_a_line_and_a_picture_that_need_no_kernel(monkeypatch):
    shown = []

    class Handle:
        def __init__(self, number):
            self.number = number

        def update(self, content, **_):
            shown[self.number].append(content)

    def display(content, **_):
        shown.append([content])
        return Handle(len(shown) - 1)

    kernel = Kernel()
    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.setattr(showing, "notebook_kernel", lambda: kernel)
    history = make_history(5)
    with watching(steps=9, progress=True, live=True, sample=lambda: torch.rand(4, 3, 8, 8)) as monitor:
        monitor.update(1, history)
        assert len(shown[1]) == 1  # too soon to draw
        monitor._next = 0
        monitor.update(5, history)
        monitor.update(5, history)  # a drawing has just been paid for
        assert len(shown[1]) == 2
        monitor._button.pressed = True
        assert monitor.stopping == "button"
    controls, figure = shown
    assert controls[-1] == {"text/plain": f"5 of 9 steps: {summary(history)}"}
    assert figure[-1].data.startswith(b"\x89PNG")
    shown.clear()
    with watching(steps=9, progress=False, live=False) as monitor:
        monitor.update(1, history)
    assert shown == []


def test_interrupts_wait_and_cut_once_where_they_may_and_are_put_back():
    before = signal.getsignal(signal.SIGINT)
    with Interrupts() as interrupts:
        with interrupts.cutting():
            signal.raise_signal(signal.SIGINT)
        assert interrupts.requested
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt), interrupts.cutting():
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        with interrupts.cutting():
            pass
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    assert notebook_kernel() is None


RUN = """
import torch
from ganlab.runtime import Lab
from ganlab.minimax.networks import Discriminator, Generator, ToyConfig
from ganlab.training import GANTask, TrainingConfig, fit
lab = Lab(torch.device("cpu"), "smoke", 0, None)
torch.set_num_threads(1)
task = GANTask(Generator(ToyConfig()), Discriminator(ToyConfig()), TrainingConfig(batch_size=8), lab)
history = fit(task, torch.randn(64, 2), steps=1_000_000, lab=lab)
print("stopped by", history.stopped)
"""


@pytest.mark.filterwarnings("default")  # of the client, which is not what is tested here
def test_in_a_real_kernel_button_and_interrupt_key_stop_a_running_cell():
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3")
    try:
        for how in ("button", "interrupted"):
            request = client.execute(RUN)
            client.execute("print('next cell')")  # waits for its turn while the button is looked at
            printed, button, asked = "", None, False
            end = time.monotonic() + 120
            while "next cell" not in printed:
                assert time.monotonic() < end, printed
                try:
                    message = client.get_iopub_msg(timeout=1)
                except queue.Empty:
                    continue
                kind, content = message["header"]["msg_type"], message["content"]
                if kind == "comm_open" and content["data"].get("state", {}).get("_model_name") == "ButtonModel":
                    button = content["comm_id"]
                if kind == "stream" and content["name"] == "stdout":
                    printed += content["text"]
                assert kind != "error" or message["parent_header"]["msg_id"] != request, content
                if button and not asked and kind == "update_display_data":  # the first live figure
                    asked = True
                    if how == "button":
                        data = {"comm_id": button, "data": {"method": "custom", "content": {"event": "click"}}}
                        client.shell_channel.send(client.session.msg("comm_msg", data))
                    else:
                        manager.interrupt_kernel()
            assert printed.splitlines() == [f"stopped by {how}", "next cell"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
