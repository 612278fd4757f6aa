// SPDX-License-Identifier: ISC
/*
 * COM1, a 16550 with FIFOs (National Semiconductor PC16550D data sheet), 115200 baud, 8N1.
 *
 * What is written goes into a ring, and from there into the chip as soon as it takes it: at once
 * under QEMU, by interrupt on a slow line or when the host does not read. Who must lose nothing
 * asks for room first and waits for `writable`; the log and echo, which cannot wait, lose what does
 * not fit. Only a panic and the end of the machine poll, and not for ever.
 *
 * Lock: serial_lock guards ring, transmitter and IER. In a panic the log comes without it.
 */
#include "dev/devices.h"

#include "lib/ring.h"
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

#define LSR_IDLE 0x40 // and the shift register too

#define FIFO_SIZE 16
#define RING_SIZE 16384u
#define POLLS_MAX 3000000 // a status read takes about 1 us on ISA: some seconds

static struct spinlock serial_lock = SPINLOCK("serial");
static uint8_t ring_data[RING_SIZE];
static struct ring ring = {.data = ring_data,
                           .size = RING_SIZE}; // [serial_lock] not yet in the chip
static bool input_held = true; // [serial_lock] nobody can take input now: it stays in the chip

static void set_interrupts(void)
{
    outb(IER, (input_held ? 0 : IER_RECEIVE) | (ring_used(&ring) ? IER_TRANSMIT : 0));
}

/* Moves what the chip takes. */
static void pump(void)
{
    while (ring_used(&ring) && (inb(LSR) & LSR_EMPTY)) {
        char bytes[FIFO_SIZE];
        outsb(DATA, bytes, ring_read(&ring, bytes, sizeof(bytes)));
    }
}

static void serial_write(struct char_device *d, const char *text, size_t len)
{
    (void)d;
    spin_lock(&serial_lock);
    while (len) {
        size_t n = ring_write(&ring, text, len);
        pump();
        text += n;
        len -= n;
        if (!n)
            break; // full, and the chip takes nothing
    }
    if (ring_used(&ring))
        set_interrupts(); // comes at once if the chip became ready since the look at it
    spin_unlock(&serial_lock);
}

static size_t serial_room(struct char_device *d)
{
    (void)d;
    spin_lock(&serial_lock);
    size_t n = ring_free(&ring);
    spin_unlock(&serial_lock);
    return n;
}

static size_t serial_pending(struct char_device *d)
{
    (void)d;
    spin_lock(&serial_lock);
    size_t n = ring_used(&ring);
    spin_unlock(&serial_lock);
    return n;
}

/*
 * Polls until all is out; gives up once and for all when the line does not move. With the lock held,
 * or after a panic: the interrupt on another CPU must not move bytes at the same time.
 */
static void poll_out(void)
{
    static bool stuck;

    for (int i = 0; i < POLLS_MAX && !stuck; i++) {
        uint32_t before = ring_used(&ring);
        pump();
        if (!before && (inb(LSR) & LSR_IDLE))
            return;
        if (ring_used(&ring) != before)
            i = 0;
        cpu_relax();
    }
    stuck = true;
}

void serial_drain(void)
{
    if (!serial_device.present)
        return;
    spin_lock(&serial_lock);
    poll_out();
    spin_unlock(&serial_lock);
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
    spin_lock(&serial_lock);
    uint32_t before = ring_used(&ring);
    pump();
    uint32_t left = ring_used(&ring);
    if (before && !left)
        set_interrupts();
    spin_unlock(&serial_lock);
    if (before && left <= RING_SIZE / 2 && serial_device.writable)
        serial_device.writable(&serial_device);
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
    bool panicking = log_panicking();

    (void)sink;
    if (!panicking)
        spin_lock(&serial_lock);
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\n')
            ring_write(&ring, "\r", 1);
        ring_write(&ring, text + i, 1);
    }
    if (panicking) {
        poll_out();
        return;
    }
    pump();
    if (ring_used(&ring))
        set_interrupts();
    spin_unlock(&serial_lock);
}

static struct log_sink serial_sink = {.write = serial_log, .level = LOG_WARN};

struct char_device serial_device = {.name = "ttyS0",
                                    .write = serial_write,
                                    .room = serial_room,
                                    .pending = serial_pending,
                                    .rows = 24,
                                    .cols = 80};

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
    for (int i = 0; i < 20000 && !(inb(LSR) & LSR_DATA); i++)
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
    int err = irq_register(COM1_IRQ, "ttyS0", serial_interrupt, NULL);
    if (err < 0) {
        log_warn("serial: no interrupt (error %d): output only", -err);
        return;
    }
    outb(IER, 0); // a cause that came too early must come anew: the line is edge-triggered
    serial_hold_input(false);
}
