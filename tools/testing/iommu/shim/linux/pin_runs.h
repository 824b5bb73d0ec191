/* SPDX-License-Identifier: GPL-2.0-only */
#include "../memory.h"
#include "../../../../../include/linux/pin_runs.h"
