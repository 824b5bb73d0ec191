/* SPDX-License-Identifier: GPL-2.0 */
/* What a module has measured: text that it shows in debugfs. Include once. */
#ifndef QEMU_BENCH_SAMPLES_H
#define QEMU_BENCH_SAMPLES_H

#include <linux/debugfs.h>
#include <linux/kernel.h>
#include <linux/sizes.h>

static char text[SZ_64K];
static struct debugfs_blob_wrapper blob = { .data = text };

static __printf(1, 2) void note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	blob.size += vscnprintf(text + blob.size, sizeof(text) - blob.size, fmt,
				args);
	va_end(args);
}

static void samples_show(const char *name)
{
	debugfs_create_blob(name, 0400, NULL, &blob);
}

#endif
