// SPDX-License-Identifier: ISC
/*
 * QEMU's and Bochs's debug port: bytes written to 0xe9 appear on the host. The whole log goes
 * there, apart from what the machine's user sees. Reading the port gives 0xe9 back where the device
 * exists (QEMU docs, isa-debugcon's readback; Bochs port_e9_hack).
 */
#include "dev/devices.h"

#include "x86/io.h"

#define DEBUG_PORT 0xe9

static void debugcon_write(struct log_sink *sink, const char *text, size_t len)
{
    (void)sink;
    outsb(DEBUG_PORT, text, len);
}

static struct log_sink debugcon_sink = {.write = debugcon_write, .level = LOG_INFO};

void debugcon_init(void)
{
    if (inb(DEBUG_PORT) == DEBUG_PORT)
        log_add_sink(&debugcon_sink);
}
