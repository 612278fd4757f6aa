// SPDX-License-Identifier: ISC
// How ioctl numbers are made, and the general requests; those of terminals are in termios.h.
#pragma once

#define _IOC(dir, type, nr, size)                                                                  \
    (((unsigned)(dir) << 30) | ((unsigned)(size) << 16) | ((unsigned)(type) << 8) | (unsigned)(nr))
#define _IO(type, nr)         _IOC(0, (type), (nr), 0)
#define _IOW(type, nr, what)  _IOC(1, (type), (nr), sizeof(what))
#define _IOR(type, nr, what)  _IOC(2, (type), (nr), sizeof(what))
#define _IOWR(type, nr, what) _IOC(3, (type), (nr), sizeof(what))

#define FIONREAD 0x541b
#define FIONBIO  0x5421
#define FIONCLEX 0x5450
#define FIOCLEX  0x5451
#define FIOASYNC 0x5452
