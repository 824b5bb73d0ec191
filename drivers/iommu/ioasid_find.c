// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finding PASIDs, and what is behind them.
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
 * ioasid_find - find what is behind a number
 * @set: the set that it has to belong to, NULL for any
 * @ioasid: the number
 * @getter: takes a reference to the private data, under RCU; false if that is
 *	not to be had any more. NULL for none.
 *
 * Context: any, also under a lock: takes none.
 * Return: the private data, which only @getter makes safe to use; NULL if there
 *	is none or @getter did not get it; ERR_PTR(-ENOENT): not allocated;
 *	ERR_PTR(-EACCES): another set has it.
 */
void *ioasid_find(struct ioasid_set *set, ioasid_t ioasid,
		  bool (*getter)(void *))
{
	struct ioasid_entry *entry;
	void *private;

	rcu_read_lock();
	entry = ioasid_live_entry(ioasid);
	if (!entry)
		private = ERR_PTR(-ENOENT);
	else if (set && entry->set != set)
		private = ERR_PTR(-EACCES);
	else
		private = rcu_dereference(entry->private);
	if (getter && !IS_ERR_OR_NULL(private) && !getter(private))
		private = NULL;
	rcu_read_unlock();
	return private;
}
EXPORT_SYMBOL_GPL(ioasid_find);

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
