// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/PID/fdinfo/FD of /dev/iommu: what the context has and uses.
 *
 * Only counters are read, which are kept where they change: it costs the same
 * however much is mapped, and no lock is held. Those of page tables are the
 * drivers', so each hwpt is asked.
 */
#include <linux/fs.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>

#include "context.h"
#include "fdinfo.h"
#include "hwpt.h"

static void show_bytes(struct seq_file *seq, const char *key, s64 bytes)
{
	seq_printf(seq, "iommufd-%s:\t%lld B\n", key, bytes);
}

static s64 pages_to_bytes(atomic64_t *npages)
{
	return atomic64_read(npages) << PAGE_SHIFT;
}

/* Gives false when a driver does not tell. */
static bool add_tables(struct iommufd_object *obj, s64 *bytes)
{
	struct iommu_domain *domain;

	if (obj->type->kind != IOMMUFD_OBJECT_HWPT)
		return true;
	domain = iommufd_obj_to_hwpt(obj)->idomain.domain;
	if (!domain->ops->table_bytes)
		return false;
	*bytes += domain->ops->table_bytes(domain);
	return true;
}

/* A sum that lacks something would be taken for the whole: rather no line. */
static void show_tables(struct seq_file *seq, struct iommufd_ctx *ictx)
{
	struct iommufd_object *obj;
	unsigned long id = 0;
	bool known = true;
	s64 bytes = 0;

	while (known && !fatal_signal_pending(current)) {
		obj = iommufd_object_get_from(ictx, id + 1);
		if (!obj) {
			show_bytes(seq, "tables", bytes);
			return;
		}
		id = obj->id;
		known = add_tables(obj, &bytes);
		iommufd_object_put(ictx, obj);
		cond_resched();
	}
}

/**
 * iommufd_show_fdinfo() - Tell what a context has
 * @seq: Where to
 * @file: An open /dev/iommu, referenced by the caller
 *
 * The format is documented in Documentation/userspace-api/iommufd.rst. Sleeps
 * only to let others run; an object whose turn it is cannot go meanwhile.
 */
void iommufd_show_fdinfo(struct seq_file *seq, struct file *file)
{
	struct iommufd_ctx *ictx = file->private_data;
	struct iommufd_usage *usage = &ictx->usage;
	unsigned int kind;

	if (IS_ENABLED(CONFIG_DEBUG_FS))
		seq_printf(seq, "iommufd-context:\t%u\n",
			   ictx->debug.number);
	for (kind = 0; kind < IOMMUFD_OBJECT_KINDS; kind++)
		seq_printf(seq, "iommufd-%s:\t%u\n",
			   iommufd_object_kind_name(kind),
			   READ_ONCE(ictx->object_counts[kind]));
	seq_printf(seq, "iommufd-areas:\t%lld\n",
		   atomic64_read(&usage->areas));
	show_bytes(seq, "mapped", atomic64_read(&usage->mapped));
	show_bytes(seq, "pinned", pages_to_bytes(&usage->pinned));
	show_bytes(seq, "charged", pages_to_bytes(&usage->charged));
	show_tables(seq, ictx);
	seq_printf(seq, "iommufd-charged-to:\t%s\n",
		   READ_ONCE(ictx->account_mode) == IOMMUFD_ACCOUNT_PROCESS ?
			   "process" : "user");
}
