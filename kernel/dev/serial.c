// SPDX-License-Identifier: ISC
/*
 * COM1, a 16550 with FIFOs (National Semiconductor PC16550D data sheet), 115200 baud, 8N1.
 *
 * Output polls the line status and then fills the whole FIFO: one look at the status for 16 bytes.
 * The polling is bounded by what 16 bytes take on a real line; a transmitter that stays busy longer
 * (nobody takes the bytes) loses output rather than stopping the kernel. Who must not lose any uses
 * serial_try_write. Input comes by interrupt 4.
 *
 * Lock: serial_lock guards the transmit side and IER. The log writes here too, in a panic without
 * it.
 */
#include "dev/devices.h"

#include "x86/io.h"
#include "x86/spinlock.h"
#include "x86/trap.h"

#define COM1     0x3f8
#define COM1_IRQ 4

#define DATA    (COM1 + 0) // with DLAB: divisor, low
#define IER     (COM1 + 1) // with DLAB: divisor, high
#define FCR     (COM1 + 2)
#define IIR     (COM1 + 2) // the same, read
#define LCR     (COM1 + 3)
#define MCR     (COM1 + 4)
#define LSR     (COM1 + 5)
#define SCRATCH (COM1 + 7)

#define IER_RECEIVE  0x01
#define IER_TRANSMIT 0x02
#define IIR_NONE     0x01 // no cause of an interrupt
#define FCR_ON       0x87 // FIFOs on and cleared, interrupt at 8 bytes or after a pause
#define LCR_8N1      0x03
#define LCR_DLAB     0x80
#define MCR_ON       0x0b // DTR, RTS, and OUT2, which lets the interrupt through on a PC
#define MCR_LOOPBACK 0x1e
#define LSR_DATA     0x01
#define LSR_EMPTY    0x20

#define FIFO_SIZE 16
#define POLLS_MAX 20000 // 16 bytes at 115200 baud take 1.4 ms; a status read on ISA about 1 us

static struct spinlock serial_lock = SPINLOCK("serial");
static void (*transmit_ready)(void); // [serial_lock] who waits for room
static bool input_held = true; // [serial_lock] nobody can take input now: it stays in the chip

static void set_interrupts(void)
{
    outb(IER, (input_held ? 0 : IER_RECEIVE) | (transmit_ready ? IER_TRANSMIT : 0));
}

static bool wait_empty(void)
{
    for (int i = 0; i < POLLS_MAX; i++) {
        if (inb(LSR) & LSR_EMPTY)
            return true;
        cpu_relax();
    }
    return false;
}

static void send(const char *bytes, size_t len)
{
    while (len && wait_empty()) {
        size_t n = MIN(len, (size_t)FIFO_SIZE);
        outsb(DATA, bytes, n);
        bytes += n;
        len -= n;
    }
}

static void serial_write(struct char_device *d, const char *text, size_t len)
{
    (void)d;
    spin_lock(&serial_lock);
    send(text, len);
    spin_unlock(&serial_lock);
}

size_t serial_try_write(const char *bytes, size_t len, void (*ready)(void))
{
    size_t done = 0;

    spin_lock(&serial_lock);
    while (done < len && (inb(LSR) & LSR_EMPTY)) {
        size_t n = MIN(len - done, (size_t)FIFO_SIZE);
        outsb(DATA, bytes + done, n);
        done += n;
    }
    if (!done && len) {
        // The interrupt comes at once if the transmitter became empty since the look at LSR.
        transmit_ready = ready;
        set_interrupts();
    }
    spin_unlock(&serial_lock);
    return done;
}

void serial_hold_input(bool hold)
{
    spin_lock(&serial_lock);
    input_held = hold;
    set_interrupts();
    spin_unlock(&serial_lock);
}

static void receive(void)
{
    char typed[64];
    size_t n = 0;

    while (n < sizeof(typed) && !input_held && (inb(LSR) & LSR_DATA))
        typed[n++] = inb(DATA);
    if (n && serial_device.input)
        serial_device.input(&serial_device, typed, n);
}

static void transmit(void)
{
    void (*ready)(void) = NULL;

    spin_lock(&serial_lock);
    if (transmit_ready && (inb(LSR) & LSR_EMPTY)) {
        ready = transmit_ready;
        transmit_ready = NULL;
        set_interrupts();
    }
    spin_unlock(&serial_lock);
    if (ready)
        ready();
}

/*
 * The line is edge-triggered: it must have been low before another interrupt can come. So it goes
 * on until the chip has no cause left; the bound is for a chip that never says so.
 */
static void serial_interrupt(void *unused)
{
    (void)unused;
    for (int i = 0; i < 1000 && !(inb(IIR) & IIR_NONE); i++) {
        receive();
        transmit();
    }
}

/* The log's lines end in \n; a terminal wants \r\n. */
static void serial_log(struct log_sink *sink, const char *text, size_t len)
{
    bool lock = !log_panicking();

    (void)sink;
    if (lock)
        spin_lock(&serial_lock);
    for (size_t i = 0, start = 0; i < len; i++) {
        if (text[i] != '\n' && i + 1 < len)
            continue;
        bool newline = text[i] == '\n';
        send(text + start, i - start + !newline);
        if (newline)
            send("\r\n", 2);
        start = i + 1;
    }
    if (lock)
        spin_unlock(&serial_lock);
}

static struct log_sink serial_sink = {.write = serial_log, .level = LOG_WARN};

struct char_device serial_device = {.name = "ttyS0", .write = serial_write, .rows = 24, .cols = 80};

/* A register that keeps what is written, and a byte that comes back through the loop. */
static bool serial_probe(void)
{
    outb(SCRATCH, 0x5a);
    if (inb(SCRATCH) != 0x5a)
        return false;
    outb(SCRATCH, 0xa5);
    if (inb(SCRATCH) != 0xa5)
        return false;
    outb(MCR, MCR_LOOPBACK);
    outb(DATA, 0xae);
    for (int i = 0; i < POLLS_MAX && !(inb(LSR) & LSR_DATA); i++)
        cpu_relax();
    return inb(DATA) == 0xae;
}

void serial_init(void)
{
    outb(IER, 0);
    outb(LCR, LCR_DLAB);
    outb(DATA, 1); // divisor 1: 115200
    outb(IER, 0);
    outb(LCR, LCR_8N1);
    outb(FCR, FCR_ON);
    if (!serial_probe()) {
        log_info("serial: no 16550 at %#x", COM1);
        return;
    }
    outb(MCR, MCR_ON);
    serial_device.present = true;
    serial_sink.panic_only = machine_runs_command;
    log_add_sink(&serial_sink);
    log_info("serial: 16550 at %#x, 115200 8N1", COM1);
}

void serial_start(void)
{
    if (!serial_device.present)
        return;
    int err = irq_register(COM1_IRQ, serial_interrupt, NULL);
    if (err < 0) {
        log_warn("serial: no interrupt (error %d): output only", -err);
        return;
    }
    serial_hold_input(false);
}
