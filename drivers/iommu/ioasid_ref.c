// SPDX-License-Identifier: GPL-2.0-only
/*
 * References to PASIDs, and changes to what is behind them.
 */
#include <linux/export.h>

#include "ioasid_internal.h"

/**
 * ioasid_get - take a reference to a number
 * @set: the set that it has to belong to, NULL for any
 * @ioasid: the number
 *
 * Until ioasid_put() the number is given to nobody else, also when its owner
 * frees it. The reference keeps nothing of what is behind the private data.
 *
 * Context: any.
 * Return: 0, -ENOENT if it is not allocated, -EACCES if another set has it.
 */
int ioasid_get(struct ioasid_set *set, ioasid_t ioasid)
{
	struct ioasid_entry *entry;
	int rc = 0;

	rcu_read_lock();
	entry = ioasid_live_entry(ioasid);
	if (!entry)
		rc = -ENOENT;
	else if (set && entry->set != set)
		rc = -EACCES;
	else if (!refcount_inc_not_zero(&entry->users))
		rc = -ENOENT;
	rcu_read_unlock();
	return rc;
}
EXPORT_SYMBOL_GPL(ioasid_get);

/**
 * ioasid_set_data - change what is behind a number
 * @ioasid: the number
 * @data: new private data, on the same terms as that of ioasid_alloc()
 *
 * Context: process, may sleep: when it returns, no reader sees the old data.
 * Return: 0, or -ENOENT if the number is not allocated.
 */
int ioasid_set_data(ioasid_t ioasid, void *data)
{
	struct ioasid_entry *entry;
	unsigned long flags;

	flags = ioasid_lock();
	entry = ioasid_live_entry(ioasid);
	if (entry)
		rcu_assign_pointer(entry->private, data);
	ioasid_unlock(flags);
	if (!entry)
		return -ENOENT;

	synchronize_rcu();
	return 0;
}
EXPORT_SYMBOL_GPL(ioasid_set_data);
