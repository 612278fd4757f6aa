// SPDX-License-Identifier: ISC
#pragma once

char *basename(char *path);
char *dirname(char *path);
