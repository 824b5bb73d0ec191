// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin of QEMU's that counts guest instructions by where they are.
 *
 *	-plugin profile.so,out=FILE,start=ADDRESS,stop=ADDRESS
 *
 * Counting goes on from when the instruction at the first address runs until
 * the one at the second does. Then FILE gets a line "section", and one "ADDRESS
 * COUNT" for each block of code that ran since.
 *
 * Debian's QEMU takes plugins and does not have their header: this is what is
 * used of it.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void (*exec_cb)(unsigned int cpu, void *data);

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *
qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id,
	void (*call)(plugin_id id, struct qemu_plugin_tb *tb));
/* Flags 0: the callback does not look at registers. */
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
	exec_cb call, int flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
	exec_cb call, int flags, void *data);

__attribute__((visibility("default"))) int qemu_plugin_version = 2;

/* A block that was translated. Those of one address are added up by others. */
struct block {
	struct block *next;
	uint64_t address, instructions, count;
};

static struct block *blocks;
static uint64_t start, stop;
static bool counting;
static FILE *out;

static void on_block(unsigned int cpu, void *data)
{
	struct block *block = data;

	(void)cpu;
	if (counting)
		block->count += block->instructions;
}

static void on_start(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	counting = true;
}

static void on_stop(unsigned int cpu, void *data)
{
	struct block *block;

	(void)cpu;
	(void)data;
	counting = false;
	fprintf(out, "section\n");
	for (block = blocks; block; block = block->next) {
		if (block->count)
			fprintf(out, "%" PRIx64 " %" PRIu64 "\n",
				block->address, block->count);
		block->count = 0;
	}
	fflush(out);
}

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	size_t i, count = qemu_plugin_tb_n_insns(tb);
	struct block *block = calloc(1, sizeof(*block));

	(void)id;
	if (!block)
		abort();
	for (i = 0; i < count; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t address = qemu_plugin_insn_vaddr(insn);

		if (!i)
			block->address = address;
		if (address == start || address == stop)
			qemu_plugin_register_vcpu_insn_exec_cb(insn,
				address == start ? on_start : on_stop, 0, NULL);
	}
	block->instructions = count;
	block->next = blocks;
	blocks = block;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, 0, block);
}

__attribute__((visibility("default")))
int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
	int i;

	(void)info;
	for (i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4))
			out = fopen(argv[i] + 4, "w");
		else if (!strncmp(argv[i], "start=", 6))
			start = strtoull(argv[i] + 6, NULL, 16);
		else if (!strncmp(argv[i], "stop=", 5))
			stop = strtoull(argv[i] + 5, NULL, 16);
	}
	if (!out || !start || !stop)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
