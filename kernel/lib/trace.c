// SPDX-License-Identifier: ISC
/*
 * The rings of the trace.
 *
 * One CPU writes a ring, with interrupts off, and one reader takes out, so a ring needs no lock: the
 * writer alone moves `head`, after the record is written; the reader alone moves `tail`, after it has
 * read. A ring that is full takes nothing more until the reader has made room: what is there stays
 * whole and begins with the beginning. What found no room is counted, and the count goes into the
 * ring, where the gap is, before the next record that finds room.
 *
 * The event of a non-maskable interrupt in the middle of another event's could overwrite it; there
 * are no trace points on that path.
 */
#include "lib/trace.h"
#include "lib/log.h"
#include "x86/clock.h"
#include "x86/cpu.h"

struct trace_ring {
    struct trace_record *records;
    uint32_t count;        // of records
    _Atomic uint32_t head; // next to be written
    _Atomic uint32_t tail; // next to be read
    uint64_t lost;         // since the last record
};

struct static_branch tracing;
struct trace_who (*trace_who_hook)(void);

static DEFINE_PER_CPU(struct trace_ring, trace_ring);
static DEFINE_PER_CPU(unsigned, irq_vector);

static volatile bool recording;
static uint64_t stopped_at;
static uint32_t wanted_events;
static bool only_traced_threads;

// --- writing --------------------------------------------------------------------------------------

/* False: no room. Interrupts off. */
static bool ring_put(struct trace_ring *r, const struct trace_record *record)
{
    uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
    uint32_t next = head + 1 == r->count ? 0 : head + 1;

    if (!r->records || next == atomic_load_explicit(&r->tail, memory_order_acquire))
        return false;
    r->records[head] = *record;
    atomic_store_explicit(&r->head, next, memory_order_release);
    return true;
}

static void ring_add(struct trace_ring *r, const struct trace_record *record)
{
    if (r->lost) {
        struct trace_record gap = *record;
        gap.event = TRACE_LOST;
        gap.a = r->lost;
        if (ring_put(r, &gap))
            r->lost = 0;
    }
    if (r->lost || !ring_put(r, record))
        r->lost++;
}

static bool wanted(enum trace_event e, bool traced)
{
    if (e < TRACE_EVENTS_TO_CHOOSE && !(wanted_events >> e & 1))
        return false;
    return traced || !only_traced_threads;
}

void trace_add(enum trace_event e, bool about, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    uint64_t irq = irq_save();
    struct trace_who who = trace_who_hook();

    // Tested with interrupts off: trace_record_stop knows when the last who saw it true has written.
    if (recording && wanted(e, who.traced || about)) {
        struct trace_record r = {.time = clock_ns(),
                                 .thread = who.id,
                                 .cpu = this_cpu(cpu_number),
                                 .event = e,
                                 .a = a,
                                 .b = b,
                                 .c = c,
                                 .d = d};
        ring_add(this_cpu_ptr(trace_ring), &r);
    }
    irq_restore(irq);
}

void trace_irq_begin(unsigned vector)
{
    this_cpu(irq_vector) = vector;
    trace_add(TRACE_IRQ, false, vector, 0, 0, 0);
}

/* The trace may have been switched on in this very interrupt: then it did not begin. */
void trace_irq_end(void)
{
    unsigned vector = this_cpu(irq_vector);

    this_cpu(irq_vector) = 0;
    if (vector)
        trace_add(TRACE_IRQ_END, false, vector, 0, 0, 0);
}

unsigned trace_irq_now(void)
{
    return this_cpu(irq_vector);
}

uint64_t trace_spin_begin(void)
{
    return static_branch(&tracing) ? clock_ns() : 0;
}

void trace_spin(const char *lock, uint64_t since)
{
    if (static_branch(&tracing) && since)
        trace_add(TRACE_SPIN, false, (uintptr_t)lock, clock_ns() - since, 0, 0);
}

// --- on, off, reading -----------------------------------------------------------------------------

void trace_ring_set(unsigned cpu, struct trace_record *records, uint32_t count)
{
    assert(!recording);
    per_cpu(trace_ring, cpu) = (struct trace_ring){.records = records, .count = count};
    per_cpu(irq_vector, cpu) = 0;
}

void trace_record_start(uint32_t events, bool only_traced)
{
    wanted_events = events;
    only_traced_threads = only_traced;
    recording = true;
    static_branch_set(&tracing, true);
}

/* static_branch_set waits for every CPU to have interrupts on: no trace_add is under way then. */
void trace_record_stop(void)
{
    recording = false;
    static_branch_set(&tracing, false);
    stopped_at = clock_ns();
}

/* The oldest record of a ring, or NULL. Once nothing is recorded any more, a gap at the end counts as one. */
static const struct trace_record *ring_oldest(struct trace_ring *r, struct trace_record *gap)
{
    uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

    if (tail != atomic_load_explicit(&r->head, memory_order_acquire))
        return &r->records[tail];
    if (recording || !r->lost)
        return NULL;
    *gap = (struct trace_record){.time = stopped_at, .event = TRACE_LOST, .a = r->lost};
    return gap;
}

static void ring_drop(struct trace_ring *r)
{
    uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

    if (tail == atomic_load_explicit(&r->head, memory_order_acquire))
        r->lost = 0; // the gap at the end
    else
        atomic_store_explicit(&r->tail, tail + 1 == r->count ? 0 : tail + 1, memory_order_release);
}

bool trace_take(struct trace_record *out, uint64_t until)
{
    struct trace_ring *from = NULL;
    struct trace_record gap;

    for (unsigned cpu = 0; cpu < cpu_count; cpu++) {
        const struct trace_record *r = ring_oldest(&per_cpu(trace_ring, cpu), &gap);
        if (!r || r->time > until || (from && r->time >= out->time))
            continue;
        *out = *r;
        out->cpu = cpu;
        from = &per_cpu(trace_ring, cpu);
    }
    if (from)
        ring_drop(from);
    return from;
}
