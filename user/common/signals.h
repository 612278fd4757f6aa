// SPDX-License-Identifier: ISC
#ifndef COMMON_SIGNALS_H
#define COMMON_SIGNALS_H

const char *signal_name(int number);           // without SIG; NULL where there is none
int signal_number(const char *name_or_number); // a name with or without SIG; -1 where unknown

#endif
