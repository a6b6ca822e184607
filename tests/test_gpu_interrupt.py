"""Interrupting works: the kernel stops, the process lives, and the next launch runs."""

import os
import queue
import signal
import subprocess
import sys
import time

from jupyter_client.manager import KernelManager

ENDLESS = """
import numpy as np
from course_lib import gpu
x = gpu.zeros(64)
source = 'extern "C" __global__ void k(volatile float* x, int n) { do x[threadIdx.x] += 1; while (threadIdx.x >= n); }'
kernel = gpu.compile(source).get_function("k")
kernel((1,), (64,), (x, 64))
"""


def test_ctrl_c_stops_a_kernel_and_the_program_goes_on():
    program = f"""{ENDLESS}
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background of a script ignores it
print("begun", flush=True)
try:
    kernel((500,), (64,), (x, 3))
except KeyboardInterrupt:
    print("interrupted")
before = x.get()
assert (before > 3).any() and (x.get() == before).all()
kernel((1,), (64,), (x, 64))
print("and on")
"""
    environment = {**os.environ, "COURSE_DEVICE": "glass", "GLASS_TIME_LIMIT": "50"}
    child = subprocess.Popen(
        [sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "begun\n"
    time.sleep(0.3)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=30)
    assert (out, err, child.returncode) == ("interrupted\nand on\n", "", 0)


def test_interrupting_a_notebook_cell_works_and_the_next_cell_runs():
    manager = KernelManager()
    manager.start_kernel(env={**os.environ, "COURSE_DEVICE": "glass", "GLASS_TIME_LIMIT": "50"})
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=30)
        assert run_cell(client, ENDLESS) == ("ok", "")
        endless = client.execute("print('here', flush=True)\nkernel((500,), (64,), (x, 3))", stop_on_error=False)
        while "here" not in client.get_iopub_msg(timeout=30)["content"].get("text", ""):
            pass
        time.sleep(0.3)
        manager.interrupt_kernel()
        assert answer(client, endless)["ename"] == "KeyboardInterrupt"
        assert run_cell(client, "kernel((1,), (64,), (x, 64)); print(x.get()[0] > 1)") == ("ok", "True\n")
        error = client.execute("kernel((1,), (64,), (x, 2.5))", stop_on_error=False)
        assert answer(client, error)["ename"] == "LaunchError"
        assert run_cell(client, "1") == ("ok", "")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def run_cell(client, code):
    """(status, what it printed)"""
    sent, printed = client.execute(code), []
    status = answer(client, sent)["status"]
    while True:
        try:
            message = client.get_iopub_msg(timeout=5)
        except queue.Empty:
            break
        if message["parent_header"].get("msg_id") == sent:
            printed.append(message["content"].get("text", ""))
            if message["content"].get("execution_state") == "idle":
                break
    return status, "".join(printed)


def answer(client, sent):
    while True:
        message = client.get_shell_msg(timeout=30)
        if message["parent_header"]["msg_id"] == sent:
            return message["content"]
