// SPDX-License-Identifier: ISC
/*
 * Patching of kernel text for static branches.
 *
 * Why no CPU executes half an instruction. SDM vol. 3A 8.1.3, "Handling Self- and Cross-Modifying
 * Code": the CPUs that may execute the code wait until it has been modified, then execute a
 * serialising instruction. So all CPUs meet in meet_and_patch with interrupts off; the last to come
 * patches while the others spin in a loop that holds no place; then each executes CPUID before it
 * goes back to whatever it was doing. A CPU that was interrupted just before a place or just behind
 * it returns to an address that starts an instruction before and after: the instruction that is
 * replaced is one, of the same length. A non-maskable interrupt in between would not be held; its
 * handler (trap.c) executes a place only when it logs a complaint of the board.
 *
 * Text stays read-only in every mapping: the CPU that patches disregards the write protection of its
 * page tables (CR0.WP, SDM vol. 3A 2.5) for five bytes at a time, with interrupts off.
 *
 * Two calls at once: the second waits, with interrupts on, so that it is not missing at the meeting
 * of the first. Who holds `busy` cannot be preempted, so the wait is short.
 */
#include "x86/patch.h"
#include "x86/entry.h"
#include "x86/msr.h"
#include "x86/smp.h"
#include "lib/string.h"

#define PLACE_SIZE 5

extern const struct branch_place __branches_start[], __branches_end[];

static atomic_bool busy;

static struct {
    struct static_branch *branch;
    atomic_uint arrived;
    atomic_bool done;
} meeting;

static void write_text(uint8_t *at, const uint8_t *bytes)
{
    cr0_write(cr0_read() & ~(uint64_t)CR0_WP);
    memcpy(at, bytes, PLACE_SIZE);
    cr0_write(cr0_read() | CR0_WP);
}

static void patch_place(const struct branch_place *p, bool on)
{
    uint8_t code[PLACE_SIZE] = {0x0f, 0x1f, 0x44, 0x00, 0x00};
    int32_t distance = p->target - (p->at + PLACE_SIZE);

    if (on) {
        code[0] = 0xe9; // jmp rel32
        memcpy(code + 1, &distance, sizeof(distance));
    }
    write_text(p->at, code);
}

static void meet_and_patch(void *unused)
{
    (void)unused;
    if (atomic_fetch_add(&meeting.arrived, 1) + 1 == cpu_count) {
        for (const struct branch_place *p = __branches_start; p < __branches_end; p++) {
            if (p->branch == meeting.branch)
                patch_place(p, meeting.branch->on);
        }
        atomic_store(&meeting.done, true);
    }
    while (!atomic_load(&meeting.done))
        cpu_relax();
    cpuid(0, 0);
}

void static_branch_set(struct static_branch *b, bool on)
{
    ++*preempt_count();
    while (atomic_exchange(&busy, true))
        cpu_relax();
    if (b->on != on) {
        b->on = on;
        meeting.branch = b;
        atomic_store(&meeting.arrived, 0);
        atomic_store(&meeting.done, false);
        cpus_call(cpus_running(), meet_and_patch, NULL);
    }
    atomic_store(&busy, false);
    --*preempt_count();
}
