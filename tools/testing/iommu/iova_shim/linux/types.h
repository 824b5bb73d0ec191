/* SPDX-License-Identifier: GPL-2.0-only */
#include <asm/types.h>
#include "../kernel.h"
