// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who holds PASIDs: the directory ioasid of debugfs.
 *
 *   sets	a line for each set
 *   ids	a line for each number, with the process that asked for it
 *
 * Both are read under RCU alone, so that a reader holds nobody up; counts of
 * one line may be of slightly different instants.
 */
#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/seq_file.h>

#include "ioasid_internal.h"

static const char * const type_names[IOASID_SET_TYPES] = {
	[IOASID_SET_KERNEL]	= "kernel",
	[IOASID_SET_CONTEXT]	= "context",
	[IOASID_SET_MM]		= "mm",
};

static void *sets_start(struct seq_file *seq, loff_t *pos)
	__acquires(RCU)
{
	rcu_read_lock();
	return seq_list_start_head_rcu(&ioasid_sets, *pos);
}

static void *sets_next(struct seq_file *seq, void *v, loff_t *pos)
{
	return seq_list_next_rcu(v, &ioasid_sets, pos);
}

static void rcu_stop(struct seq_file *seq, void *v)
	__releases(RCU)
{
	rcu_read_unlock();
}

static int sets_show(struct seq_file *seq, void *v)
{
	const struct ioasid_set *set = list_entry(v, struct ioasid_set, link);

	if (v == &ioasid_sets) {
		seq_puts(seq, "owner            pid     type    used    ceiling parked  peak\n");
		return 0;
	}
	seq_printf(seq, "%-16s %-7d %-7s %-7u ", set->owner, set->pid,
		   type_names[set->type], READ_ONCE(set->used));
	if (set->ceiling)
		seq_printf(seq, "%-7u ", set->ceiling);
	else
		seq_puts(seq, "max     ");
	seq_printf(seq, "%-7u %u\n", READ_ONCE(set->parked),
		   READ_ONCE(set->peak));
	return 0;
}

static const struct seq_operations sets_sops = {
	.start = sets_start,
	.next = sets_next,
	.stop = rcu_stop,
	.show = sets_show,
};
DEFINE_SEQ_ATTRIBUTE(sets);

/* Position 0 is the headline, number n has position n + 1. */
static void *find_from(loff_t *pos)
{
	unsigned long index = *pos - 1;
	void *entry = xa_find(&ioasid_xa, &index, ULONG_MAX, XA_PRESENT);

	if (entry)
		*pos = index + 1;
	return entry;
}

static void *ids_start(struct seq_file *seq, loff_t *pos)
	__acquires(RCU)
{
	rcu_read_lock();
	return *pos ? find_from(pos) : SEQ_START_TOKEN;
}

static void *ids_next(struct seq_file *seq, void *v, loff_t *pos)
{
	++*pos;
	return find_from(pos);
}

static int ids_show(struct seq_file *seq, void *v)
{
	const struct ioasid_entry *entry = v;
	u32 spid;

	if (v == SEQ_START_TOKEN) {
		seq_puts(seq, "id      spid    state     refs    pid     owner\n");
		return 0;
	}
	/* Its set may be gone. */
	if (READ_ONCE(entry->ended))
		return SEQ_SKIP;
	spid = READ_ONCE(entry->spid);
	seq_printf(seq, "%-7u ", entry->id);
	if (spid == INVALID_IOASID)
		seq_puts(seq, "-       ");
	else
		seq_printf(seq, "%-7u ", spid);
	seq_printf(seq, "%-9s %-7u %-7d %s\n",
		   READ_ONCE(entry->live) ? "allocated" : "parked",
		   refcount_read(&entry->users), entry->pid, entry->set->owner);
	return 0;
}

static const struct seq_operations ids_sops = {
	.start = ids_start,
	.next = ids_next,
	.stop = rcu_stop,
	.show = ids_show,
};
DEFINE_SEQ_ATTRIBUTE(ids);

static int __init ioasid_debugfs_init(void)
{
	struct dentry *dir = debugfs_create_dir("ioasid", NULL);

	debugfs_create_file("sets", 0400, dir, NULL, &sets_fops);
	debugfs_create_file("ids", 0400, dir, NULL, &ids_fops);
	return 0;
}
device_initcall(ioasid_debugfs_init);
