/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __SHIM_RANDOM_H
#define __SHIM_RANDOM_H

unsigned long long random_u64(void);
unsigned long random_below(unsigned long n);

#endif
