"""One distributed program, two machines: the glass cluster, where time is simulated, or real processes.

program.py    what a worker may yield, and what it gets back
network.py    links: latency, bandwidth, and what messages share on their way
simulated.py  the glass cluster: any number of workers, slow ones and failing ones, every event
processes.py  the same workers, each in a process of its own; rank.py: what runs in that process
trace.py      what either machine hands back: results, and every event
deadlock.py   who waits for whom, in a sentence
cost.py       alpha-beta-gamma formulas of all-reduce
"""
