// SPDX-License-Identifier: ISC
/*
 * Interrupt controllers: the local APIC of each CPU, by registers in memory or (x2APIC) in MSRs;
 * the I/O APICs, which route the board's lines; the old PIC, which is silenced.
 *
 * The local timer is the CPU's alarm (clock.c). Its rate is measured once, against the TSC.
 *
 * Sources: SDM vol. 3A ch. 10 (local APIC; 10.12 x2APIC), Intel 82093AA data sheet (I/O APIC), ACPI
 * specification 6.4, 5.2.12 (overrides), Intel 8259A data sheet.
 */
#include "x86/apic.h"
#include "x86/clock.h"
#include "x86/cpu.h"
#include "x86/entry.h"
#include "x86/io.h"
#include "x86/mmu.h"
#include "x86/msr.h"
#include "x86/spinlock.h"
#include "lib/log.h"
#include "abi/errno.h"

#define REG_ID        0x20
#define REG_TPR       0x80
#define REG_EOI       0xb0
#define REG_SPURIOUS  0xf0
#define REG_ICR       0x300
#define REG_ICR_TO    0x310
#define REG_LVT_TIMER 0x320
#define REG_LVT_LINT0 0x350
#define REG_LVT_LINT1 0x360
#define REG_LVT_ERROR 0x370
#define REG_INITIAL   0x380
#define REG_CURRENT   0x390
#define REG_DIVIDE    0x3e0

#define SPURIOUS_ENABLE  0x100
#define LVT_MASKED       0x10000
#define LVT_NMI          0x400
#define LVT_TSC_DEADLINE 0x40000
#define DIVIDE_BY_16     0x3
#define ICR_NMI          0x400
#define ICR_INIT         0x500
#define ICR_STARTUP      0x600
#define ICR_PENDING      0x1000
#define ICR_ASSERT       0x4000
#define ICR_OTHERS       0xc0000
#define APIC_BASE_ENABLE 0x800
#define APIC_BASE_X2APIC 0x400

#define IOAPIC_VERSION  1
#define IOAPIC_REDIRECT 0x10
#define REDIRECT_LOW    (1u << 13)
#define REDIRECT_LEVEL  (1u << 15)
#define REDIRECT_MASKED (1u << 16)

#define PIC1               0x20
#define PIC2               0xa0
#define PIC_UNUSED_VECTORS 0xe0 // where a spurious interrupt of the masked PIC would arrive

#define LINE(n) [n] = {.gsi = n}
struct apic_config apic_config = {
    .local = {0xfee00000},
    .isa = {LINE(0), LINE(1), LINE(2), LINE(3), LINE(4), LINE(5), LINE(6), LINE(7), LINE(8),
            LINE(9), LINE(10), LINE(11), LINE(12), LINE(13), LINE(14), LINE(15)},
};

static volatile char *local_regs; // NULL in x2APIC mode
static struct spinlock ioapic_lock = SPINLOCK("I/O APIC");
static volatile char *io_regs[ARRAY_SIZE(apic_config.io)];
static bool deadline_mode;
static unsigned apic_ids[MAX_CPUS];

// --- registers ----------------------------------------------------------------------------------

static uint32_t local_read(unsigned reg)
{
    return local_regs ? mmio_read32(local_regs + reg) : (uint32_t)msr_read(MSR_X2APIC + reg / 16);
}

static void local_write(unsigned reg, uint32_t v)
{
    if (local_regs)
        mmio_write32(local_regs + reg, v);
    else
        msr_write(MSR_X2APIC + reg / 16, v);
}

static uint32_t io_read(unsigned io, unsigned reg)
{
    mmio_write32(io_regs[io], reg);
    return mmio_read32(io_regs[io] + 16);
}

static void io_write(unsigned io, unsigned reg, uint32_t v)
{
    mmio_write32(io_regs[io], reg);
    mmio_write32(io_regs[io] + 16, v);
}

void apic_eoi(void)
{
    local_write(REG_EOI, 0);
}

unsigned apic_id(void)
{
    uint32_t id = local_read(REG_ID);

    return local_regs ? id >> 24 : id;
}

void apic_set_id(unsigned cpu, unsigned id)
{
    apic_ids[cpu] = id;
}

unsigned apic_id_of(unsigned cpu)
{
    return apic_ids[cpu];
}

// --- start-up -----------------------------------------------------------------------------------

/* Both PICs are set to vectors that nothing uses, then every line is masked. */
static void pic_silence(void)
{
    outb(PIC1, 0x11), outb(PIC2, 0x11); // initialise, four words follow
    outb(PIC1 + 1, PIC_UNUSED_VECTORS), outb(PIC2 + 1, PIC_UNUSED_VECTORS + 8);
    outb(PIC1 + 1, 4), outb(PIC2 + 1, 2);
    outb(PIC1 + 1, 1), outb(PIC2 + 1, 1);
    outb(PIC1 + 1, 0xff), outb(PIC2 + 1, 0xff);
}

static unsigned io_lines(unsigned io)
{
    return (io_read(io, IOAPIC_VERSION) >> 16 & 0xff) + 1;
}

static void ioapics_init(void)
{
    if (!apic_config.io_count) { // no MADT: the architectural place
        apic_config.io[0].addr = PHYS(0xfec00000);
        apic_config.io_count = 1;
    }
    for (unsigned i = 0; i < apic_config.io_count; i++) {
        io_regs[i] = mmio_map(apic_config.io[i].addr, 32);
        if (!io_regs[i])
            panic("no memory for the registers of I/O APIC %u", i);
        for (unsigned line = 0; line < io_lines(i); line++)
            io_write(i, IOAPIC_REDIRECT + 2 * line, REDIRECT_MASKED);
    }
}

/* The boot CPU decides for all: x2APIC if there is one, or if the firmware left it on. */
static void local_map(void)
{
    bool x2 = cpu_features.x2apic || msr_read(MSR_APIC_BASE) & APIC_BASE_X2APIC;

    if (x2 || local_regs)
        return;
    local_regs = mmio_map(apic_config.local, PAGE_SIZE);
    if (!local_regs)
        panic("no memory for the registers of the local APIC");
}

void apic_init(void)
{
    bool boot = this_cpu(cpu_number) == 0;

    if (boot) {
        pic_silence();
        local_map();
    }
    uint64_t base = msr_read(MSR_APIC_BASE) | APIC_BASE_ENABLE;
    msr_write(MSR_APIC_BASE, base);
    if (!local_regs)
        msr_write(MSR_APIC_BASE, base | APIC_BASE_X2APIC);
    local_write(REG_TPR, 0);
    local_write(REG_LVT_LINT0, LVT_MASKED);
    local_write(REG_LVT_LINT1, LVT_NMI);
    local_write(REG_LVT_ERROR, LVT_MASKED);
    local_write(REG_LVT_TIMER, LVT_MASKED);
    local_write(REG_SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
    local_write(REG_DIVIDE, DIVIDE_BY_16);
    if (!boot) {
        apic_timer_start(deadline_mode);
        return;
    }
    ioapics_init();
    apic_ids[0] = apic_id();
    log_info("apic: %s, id %u, %u I/O APIC%s", local_regs ? "xAPIC" : "x2APIC", apic_id(),
             apic_config.io_count, apic_config.io_count == 1 ? "" : "s");
}

// --- lines --------------------------------------------------------------------------------------

int apic_route(unsigned irq, unsigned vector)
{
    uint32_t gsi = apic_config.isa[irq].gsi;

    for (unsigned i = 0; i < apic_config.io_count; i++) {
        uint32_t line = gsi - apic_config.io[i].gsi_base;
        if (gsi < apic_config.io[i].gsi_base || line >= io_lines(i))
            continue;
        uint32_t low = vector | (apic_config.isa[irq].low ? REDIRECT_LOW : 0) |
                       (apic_config.isa[irq].level ? REDIRECT_LEVEL : 0);
        spin_lock(&ioapic_lock);
        io_write(i, IOAPIC_REDIRECT + 2 * line + 1, apic_ids[0] << 24);
        io_write(i, IOAPIC_REDIRECT + 2 * line, low);
        spin_unlock(&ioapic_lock);
        return 0;
    }
    return -ENODEV;
}

// --- the timer, for clock.c ---------------------------------------------------------------------

void apic_timer_start(bool deadline)
{
    deadline_mode = deadline;
    local_write(REG_LVT_TIMER, VECTOR_TIMER | (deadline ? LVT_TSC_DEADLINE : 0));
    // The mode must be set before the first deadline is written (SDM vol. 3A 10.5.4.1).
    asm volatile("mfence" ::: "memory");
}

void apic_timer_set(uint32_t count)
{
    local_write(REG_INITIAL, count);
}

uint64_t apic_timer_left(void)
{
    return local_read(REG_CURRENT);
}

// --- other CPUs ---------------------------------------------------------------------------------

/*
 * Two writes that an interrupt must not come between. In x2APIC mode it is one, which does not wait
 * for earlier stores by itself (SDM vol. 3A 10.12.3).
 */
static void icr_write(unsigned to, uint32_t what)
{
    uint64_t irq = irq_save();

    if (!local_regs) {
        asm volatile("mfence; lfence" ::: "memory");
        msr_write(MSR_X2APIC + REG_ICR / 16, (uint64_t)to << 32 | what);
    } else {
        for (int i = 0; i < 1000000 && local_read(REG_ICR) & ICR_PENDING; i++)
            cpu_relax();
        local_write(REG_ICR_TO, to << 24);
        local_write(REG_ICR, what);
    }
    irq_restore(irq);
}

void apic_send(unsigned cpu, unsigned vector)
{
    icr_write(apic_ids[cpu], ICR_ASSERT | vector);
}

void apic_send_init(unsigned id)
{
    icr_write(id, ICR_ASSERT | ICR_INIT);
}

void apic_send_startup(unsigned id, unsigned page)
{
    icr_write(id, ICR_ASSERT | ICR_STARTUP | page);
}

bool apic_reaches(unsigned id)
{
    return !local_regs || id < 0xff;
}

/* By NMI, so that a CPU with interrupts off stops as well (kernel_trap in trap.c). */
void cpu_stop_others(void)
{
    if (cpu_count < 2)
        return;
    if (!local_regs)
        msr_write(MSR_X2APIC + REG_ICR / 16, ICR_OTHERS | ICR_ASSERT | ICR_NMI);
    else
        local_write(REG_ICR, ICR_OTHERS | ICR_ASSERT | ICR_NMI);
}
