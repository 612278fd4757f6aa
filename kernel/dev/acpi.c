// SPDX-License-Identifier: ISC
/*
 * ACPI's static tables, as far as they say where things are: the MADT names local APICs, I/O APICs
 * and interrupt overrides; the FADT names the timer port, the power control and the reset register;
 * the HPET table says where that is; the DSDT (or an SSDT) holds the \_S5 package with the values that turn the machine off. There is
 * no AML interpreter: \_S5 is found by its name and decoded, which works because it is a constant.
 *
 * A table is believed only if its checksum is right and its length is sane. Nothing is kept of the
 * tables but the few values below. ACPI specification 6.4, chapters 5.2 and 7.4.
 */
#include "dev/devices.h"

#include "lib/string.h"
#include "x86/boot.h"
#include "x86/clock.h"
#include "x86/io.h"
#include "x86/mmu.h"

struct rsdp {
    char signature[8];
    uint8_t checksum; // of the first 20 bytes
    char oem[6];
    uint8_t revision;
    uint32_t rsdt;
    uint32_t length;
    uint64_t xsdt;
    uint8_t extended_checksum;
    uint8_t reserved[3];
} __attribute__((packed));

struct table {
    char signature[4];
    uint32_t length;
    uint8_t revision, checksum;
    char oem[6], oem_table[8];
    uint32_t oem_revision, creator, creator_revision;
} __attribute__((packed));

struct address { // "generic address structure"
    uint8_t space, bit_width, bit_offset, access_size;
    uint64_t address;
} __attribute__((packed));

#define SPACE_MEMORY 0
#define SPACE_IO     1

struct fadt {
    struct table header;
    uint32_t firmware_ctrl, dsdt;
    uint8_t reserved0, profile;
    uint16_t sci_int;
    uint32_t smi_cmd;
    uint8_t acpi_enable, acpi_disable, s4bios_req, pstate_cnt;
    uint32_t pm1a_evt, pm1b_evt, pm1a_cnt, pm1b_cnt, pm2_cnt, pm_tmr, gpe0, gpe1;
    uint8_t pm1_evt_len, pm1_cnt_len, pm2_cnt_len, pm_tmr_len, gpe0_len, gpe1_len, gpe1_base,
        cst_cnt;
    uint16_t c2_latency, c3_latency, flush_size, flush_stride;
    uint8_t duty_offset, duty_width, day_alarm, month_alarm, century;
    uint16_t boot_arch;
    uint8_t reserved1;
    uint32_t flags;
    struct address reset_register;
    uint8_t reset_value;
    uint16_t arm_boot_arch;
    uint8_t minor;
    uint64_t x_firmware_ctrl, x_dsdt;
    struct address x_pm1a_evt, x_pm1b_evt, x_pm1a_cnt, x_pm1b_cnt, x_pm2_cnt, x_pm_tmr;
} __attribute__((packed));

#define FADT_RESET_SUPPORTED (1u << 10)
#define FADT_LENGTH_V1       116u // ACPI 1.0: up to and with flags
#define TABLE_MAX            (4u << 20)

#define PM1_SCI_ENABLE   1u
#define PM1_SLEEP_TYPE   10 // shift
#define PM1_SLEEP_ENABLE (1u << 13)

static struct {
    uint16_t pm_timer, pm1a_control, pm1b_control;
    uint32_t smi_command;
    uint8_t acpi_enable, century;
    uint64_t hpet;
    struct address reset;
    uint8_t reset_value;
    bool has_reset, has_s5;
    uint8_t s5_a, s5_b; // SLP_TYP for S5
} power;

/* ACPI memory may lie outside what the direct map covers: it gets a mapping of its own. */
static const void *map(uint64_t addr, size_t len)
{
    return (const void *)(uintptr_t)mmio_map(PHYS(addr), len);
}

static bool checksum_ok(const void *p, size_t len)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < len; i++)
        sum += ((const uint8_t *)p)[i];
    return sum == 0;
}

static const struct table *map_table(uint64_t addr)
{
    const struct table *head = addr ? map(addr, sizeof(*head)) : NULL;

    if (!head || head->length < sizeof(*head) || head->length > TABLE_MAX)
        return NULL;
    const struct table *t = map(addr, head->length);
    if (t && !checksum_ok(t, t->length)) {
        log_warn("acpi: table %.4s at %#lx has a wrong checksum", t->signature, addr);
        return NULL;
    }
    return t;
}

// --- MADT ----------------------------------------------------------------------------------------

enum { MADT_CPU, MADT_IO_APIC, MADT_OVERRIDE, MADT_LOCAL_ADDRESS = 5, MADT_CPU_X2APIC = 9 };

#define CPU_ENABLED 1u

union madt_entry {
    struct {
        uint8_t type, length;
    };
    struct {
        uint8_t head[2], acpi_id, apic_id;
        uint32_t flags;
    } __attribute__((packed)) cpu;
    struct {
        uint8_t head[2], id, reserved;
        uint32_t addr, gsi_base;
    } __attribute__((packed)) io_apic;
    struct {
        uint8_t head[2], bus, irq;
        uint32_t gsi;
        uint16_t flags;
    } __attribute__((packed)) override;
    struct {
        uint8_t head[2], reserved[2];
        uint64_t addr;
    } __attribute__((packed)) local_address;
    struct {
        uint8_t head[2], reserved[2];
        uint32_t apic_id, flags, acpi_id;
    } __attribute__((packed)) x2apic;
};

static void add_cpu(uint32_t apic_id, uint32_t flags)
{
    if ((flags & CPU_ENABLED) && apic_config.cpu_listed < MAX_CPUS)
        apic_config.cpu_apic_ids[apic_config.cpu_listed++] = apic_id;
}

static void parse_madt_entry(const union madt_entry *e)
{
    switch (e->type) {
    case MADT_CPU:
        add_cpu(e->cpu.apic_id, e->cpu.flags);
        break;
    case MADT_CPU_X2APIC:
        if (e->x2apic.apic_id > 0xff) // lower ids have an entry of the older kind too
            add_cpu(e->x2apic.apic_id, e->x2apic.flags);
        break;
    case MADT_IO_APIC:
        if (apic_config.io_count < ARRAY_SIZE(apic_config.io)) {
            unsigned i = apic_config.io_count++;
            apic_config.io[i].id = e->io_apic.id;
            apic_config.io[i].addr = PHYS(e->io_apic.addr);
            apic_config.io[i].gsi_base = e->io_apic.gsi_base;
        }
        break;
    case MADT_OVERRIDE: // flags: bits 0-1 polarity (3 low), bits 2-3 trigger (3 level); 0: as ISA
                        // has it
        if (e->override.bus == 0 && e->override.irq < ARRAY_SIZE(apic_config.isa)) {
            apic_config.isa[e->override.irq].gsi = e->override.gsi;
            apic_config.isa[e->override.irq].low = (e->override.flags & 3) == 3;
            apic_config.isa[e->override.irq].level = (e->override.flags >> 2 & 3) == 3;
        }
        break;
    case MADT_LOCAL_ADDRESS:
        apic_config.local = PHYS(e->local_address.addr);
        break;
    }
}

static void parse_madt(const struct table *t)
{
    const uint8_t *at = (const uint8_t *)(t + 1), *end = (const uint8_t *)t + t->length;

    apic_config.local = PHYS(*(const uint32_t *)at);
    apic_config.io_count = 0;
    apic_config.cpu_listed = 0;
    for (at += 8; at + 2 <= end && at[1] >= 2 && at + at[1] <= end; at += at[1])
        parse_madt_entry((const void *)at);
    log_info("acpi: %u CPUs, %u I/O APICs", apic_config.cpu_listed, apic_config.io_count);
}

// --- FADT and \_S5 -------------------------------------------------------------------------------

/* An integer constant of AML (20.2.3), moving *at; false for anything else. */
static bool aml_byte(const uint8_t **at, const uint8_t *end, uint8_t *value)
{
    if (*at >= end)
        return false;
    uint8_t op = *(*at)++;
    if (op == 0x00 || op == 0x01) { // ZeroOp, OneOp
        *value = op;
        return true;
    }
    unsigned bytes = op == 0x0a ? 1 : op == 0x0b ? 2 : op == 0x0c ? 4 : 0; // Byte, Word, DWord
    if (!bytes || end - *at < (ptrdiff_t)bytes)
        return false;
    *value = **at;
    *at += bytes;
    return true;
}

/* `at` is behind the name _S5_: PackageOp, its length, the number of elements, SLP_TYPa, SLP_TYPb.
 */
static bool parse_s5(const uint8_t *at, const uint8_t *end)
{
    if (end - at < 4 || *at++ != 0x12)
        return false;
    at += (*at >> 6) + 1; // the top bits say how many further bytes the length has
    at++;                 // number of elements
    uint8_t a, b;
    if (!aml_byte(&at, end, &a))
        return false;
    if (!aml_byte(&at, end, &b))
        b = a;
    power.s5_a = a & 7;
    power.s5_b = b & 7;
    return true;
}

static void find_s5(const struct table *t)
{
    const uint8_t *p = (const uint8_t *)(t + 1), *end = (const uint8_t *)t + t->length;

    for (; !power.has_s5 && p + 8 < end; p++) {
        if (p[0] == '_' && p[1] == 'S' && p[2] == '5' && p[3] == '_')
            power.has_s5 = parse_s5(p + 4, end);
    }
}

/* The port of a register that is named twice: in the old field, and as an address in newer tables.
 */
static uint16_t io_port(uint32_t old, const struct address *x, bool has_x)
{
    if (has_x && x->space == SPACE_IO && x->address && x->address <= UINT16_MAX)
        return x->address;
    return old <= UINT16_MAX ? old : 0;
}

static void parse_fadt(const struct table *t)
{
    struct fadt f = {0};

    if (t->length < FADT_LENGTH_V1)
        return;
    memcpy(&f, t, MIN(t->length, sizeof(f)));
    bool has_x = t->length >= sizeof(f);
    power.pm_timer = io_port(f.pm_tmr, &f.x_pm_tmr, has_x);
    power.pm1a_control = io_port(f.pm1a_cnt, &f.x_pm1a_cnt, has_x);
    power.pm1b_control = io_port(f.pm1b_cnt, &f.x_pm1b_cnt, has_x);
    power.smi_command = f.smi_cmd;
    power.acpi_enable = f.acpi_enable;
    power.century = f.century;
    power.has_reset = (f.flags & FADT_RESET_SUPPORTED) && f.reset_register.address;
    power.reset = f.reset_register;
    power.reset_value = f.reset_value;
    const struct table *dsdt = map_table(f.x_dsdt ?: f.dsdt);
    if (dsdt)
        find_s5(dsdt);
}

// --- the way in ----------------------------------------------------------------------------------

struct hpet_table {
    struct table header;
    uint32_t block;
    struct address registers;
} __attribute__((packed));

/* The first of several counts. */
static void parse_hpet(const struct table *t)
{
    const struct hpet_table *h = (const void *)t;

    if (t->length >= sizeof(*h) && h->registers.space == SPACE_MEMORY && !power.hpet)
        power.hpet = h->registers.address;
}

static void parse_table(uint64_t addr)
{
    const struct table *t = map_table(addr);

    if (!t)
        return;
    if (memcmp(t->signature, "APIC", 4) == 0)
        parse_madt(t);
    else if (memcmp(t->signature, "FACP", 4) == 0)
        parse_fadt(t);
    else if (memcmp(t->signature, "HPET", 4) == 0)
        parse_hpet(t);
    else if (memcmp(t->signature, "SSDT", 4) == 0)
        find_s5(t);
}

/* The XSDT where there is one: under UEFI the RSDT may be missing or stale. */
static bool parse_root(const struct rsdp *r)
{
    const struct table *root = r->revision >= 2 ? map_table(r->xsdt) : NULL;
    size_t width = root ? 8 : 4;

    if (!root)
        root = map_table(r->rsdt);
    if (!root)
        return false;
    const uint8_t *at = (const uint8_t *)(root + 1);
    size_t count = (root->length - sizeof(*root)) / width;
    for (size_t i = 0; i < count; i++) {
        uint64_t addr = 0;
        memcpy(&addr, at + i * width, width);
        parse_table(addr);
    }
    return true;
}

static const struct rsdp *rsdp_check(const void *p)
{
    const struct rsdp *r = p;

    if (memcmp(r->signature, "RSD PTR ", 8) != 0 || !checksum_ok(r, 20))
        return NULL;
    if (r->revision >= 2 && (r->length < 36 || r->length > 40 || !checksum_ok(r, r->length)))
        return NULL;
    return r;
}

/* Where the BIOS leaves it when the boot loader did not say: on 16 bytes in its ROM (5.2.5.1). */
static const struct rsdp *rsdp_search(void)
{
    const uint8_t *rom = map(0xe0000, 0x20000);

    for (size_t i = 0; rom && i + sizeof(struct rsdp) <= 0x20000; i += 16) {
        if (rsdp_check(rom + i))
            return (const struct rsdp *)(rom + i);
    }
    return NULL;
}

void acpi_init(void)
{
    const struct rsdp *r = boot_info.rsdp.addr ? rsdp_check(boot_info.rsdp_copy) : NULL;

    if (!r)
        r = rsdp_search();
    if (!r || !parse_root(r)) {
        log_warn("acpi: no tables: interrupts as on an old PC, one CPU, no power off");
        return;
    }
    log_info("acpi: %s, timer at %#x, S5 %s", r->revision >= 2 && r->xsdt ? "XSDT" : "RSDT",
             power.pm_timer, power.has_s5 ? "known" : "unknown");
}

uint16_t acpi_pm_timer_port(void)
{
    return power.pm_timer;
}

phys_t acpi_hpet_base(void)
{
    return PHYS(power.hpet);
}

uint8_t acpi_century_register(void)
{
    return power.century;
}

/* The firmware may still own the control register: asks for it, and waits a bounded while. */
static void take_over(void)
{
    if (!power.smi_command || !power.acpi_enable || (inw(power.pm1a_control) & PM1_SCI_ENABLE))
        return;
    outb(power.smi_command, power.acpi_enable);
    for (int i = 0; i < 3000000 && !(inw(power.pm1a_control) & PM1_SCI_ENABLE); i++)
        cpu_relax();
}

static void write_sleep(uint16_t port, uint8_t type)
{
    uint16_t old = inw(port) & ~(7u << PM1_SLEEP_TYPE | PM1_SLEEP_ENABLE);
    uint16_t value = old | (uint16_t)type << PM1_SLEEP_TYPE;

    outw(port, value);
    outw(port, value | PM1_SLEEP_ENABLE);
}

bool acpi_power_off(void)
{
    if (!power.has_s5 || !power.pm1a_control)
        return false;
    take_over();
    write_sleep(power.pm1a_control, power.s5_a);
    if (power.pm1b_control)
        write_sleep(power.pm1b_control, power.s5_b);
    for (int i = 0; i < 1000000; i++)
        cpu_relax();
    return false;
}

void acpi_reset(void)
{
    if (!power.has_reset)
        return;
    if (power.reset.space == SPACE_IO) {
        outb(power.reset.address, power.reset_value);
    } else if (power.reset.space == SPACE_MEMORY) {
        volatile uint8_t *p = mmio_map(PHYS(power.reset.address), 1);
        if (p)
            *p = power.reset_value;
    }
    for (int i = 0; i < 1000000; i++)
        cpu_relax();
}
