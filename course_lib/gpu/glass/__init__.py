"""The glass GPU: it runs CUDA C on any computer by executing its PTX, 32 lanes of a warp in lockstep.

ptx.py          parse: PTX text -> kernels of instructions, each with its source line; statements.py cuts the text,
                syntax.py reads operands, lines.py says which line of which file; hoisted.py: of loads that moved
variables.py    the variables of a source; lacking.py: what is not there, in the words of CUDA C
calls.py        calls of functions, replaced by their bodies; passed.py: structs that they take by value;
                recursion.py: functions that call themselves
indexed.py      parameters that are indexed, and so have an address
plain.py        instructions that do two things, as two
flow.py         basic blocks, liveness, where divergent lanes meet again
lanes.py        which registers are the same in all lanes of a warp, or linear in the lane
threads.py      registers that depend on threadIdx alone: their value in every thread
access.py       loads and stores, and which array each was meant for
counting.py     the C that counts what a profiled kernel does, with watch.h; fast_counting.py: what can be spared of it
requests.py     how memory serves a request: sectors, passes over the banks; touched.py: which sectors were used at all
work.py         what an instruction is, and its flops
profile.py      the counts by source line; report_text.py and report_html.py (report.css, report.js) show them
estimate.py     what would bound a kernel on a named machine: a model
isa/            what each instruction does: one family a file, one line an instruction
definitions.py  the C functions of those instructions
program.py      a kernel made ready for one block shape: what both halves of its C share
spread.py       the half that expects divergence: 32 lanes in memory, every write masked; with spread_operands.py,
                spread_memory.py; converge.py: who goes first, so that lanes meet again
fast.py         the half for warps whose lanes agree; with operands.py, linear.py, fast_memory.py, fast_collective.py
masked.py       short code that some lanes skip, under a mask in that half
runs.py         one operation many times in a row, as a loop, for both halves
waiting.py      loops that wait for other threads, whose warps take turns
matrices.py     instructions on matrices and asynchronous copies, for both halves; tensor.h, async.h, wide.h
deliveries.py   barriers in shared memory, and copies that report to them; mbarrier.h
site.py         where an access stands
instrument.py   what a kernel's C does beside what the kernel says: it is profiled, stepped through or checked
emit.py         the whole C of one kernel in one block shape
machine.h       the machine that the C runs on: lanes and masks; memory.h: accesses; schedule.h: blocks and warps
half.h …        included where a kernel needs them: half.h, warp.h, printf.h, tensor.h, async.h, barriers.h
compiler.py     the C compiler of this computer, and the cache of what it built
array.py        device arrays
run.py          launch: all cores, time limit; fault.py: errors in the learner's words; printf.py: what kernels say
step.py         what one warp did, step by step, as data and text; step_picture.py, step.js, step.css: as a picture
stepping.py     what the C of a stepped kernel tells of itself; step.h writes it down; record.py reads it back
check.py        look for mistakes; findings.py: what was found; verdict.py: in the learner's words;
                findings_html.py, findings.css: as a page
checked.py      what the C of a checked kernel does besides: shadow.h, order.h; known.py, known.h: what needs none;
                guesses.py: loads that an atomicCAS makes good; speculated.py: the compiler's loads
module.py       modules and kernels, as CuPy's
device.py       the glass GPU under the names that cuda.py has too
"""
