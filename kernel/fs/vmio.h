// SPDX-License-Identifier: ISC
/* /dev/vmio: the raw byte channel over COM1 on which a machine runs one command (tests/vm). */
#pragma once

/* Takes the serial line over, instead of a terminal. */
void vmio_init(void);
