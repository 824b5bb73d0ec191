// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: Life of an object
 *
 * Ids, references and the life of objects.
 *
 *	alloc      id reserved, nobody finds the object, it may still fail
 *	finalize   visible; cannot fail, so it comes after the copy to user space
 *	abort      instead of finalize: as if it had never been
 *	destroy    invisible at once, then waits for running calls, then gone
 *
 * Two counts keep an object: @users, those that depend on it for longer than
 * a call, make IOMMU_DESTROY say EBUSY; @inflight, calls that looked it up,
 * are waited for. A call that wants to depend on what it looked up asks
 * iommufd_object_depend(), which refuses when the object is dying; so a
 * destroy that has begun never meets a new dependent.
 */
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "context.h"
#include "object.h"
#include "refuse.h"

static const char * const kind_names[IOMMUFD_OBJECT_KINDS] = {
	[IOMMUFD_OBJECT_IOAS]	= "ioas",
	[IOMMUFD_OBJECT_HWPT]	= "hwpt",
	[IOMMUFD_OBJECT_DEVICE]	= "device",
	[IOMMUFD_OBJECT_ACCESS]	= "access",
#ifdef CONFIG_IOMMUFD_TEST
	[IOMMUFD_OBJECT_SELFTEST] = "selftest",
#endif
};

/**
 * iommufd_object_kind_name() - The name of a kind of objects, for people
 * @kind: Which kind
 *
 * Return: its name, one word
 */
const char *iommufd_object_kind_name(enum iommufd_object_kind kind)
{
	return kind_names[kind];
}

/**
 * iommufd_object_finalize_locked() - iommufd_object_finalize() under (o)
 * @ictx: Its context, whose objects' xa_lock is held
 * @obj: As there
 *
 * What others can find is what is counted.
 */
void iommufd_object_finalize_locked(struct iommufd_ctx *ictx,
				    struct iommufd_object *obj)
{
	void *old;

	lockdep_assert_held(&ictx->objects.xa_lock);
	/* The slot is there: this does not allocate. */
	old = __xa_store(&ictx->objects, obj->id, obj, 0);
	WARN_ON(old);
	ictx->object_counts[obj->type->kind]++;
}

void *__iommufd_object_alloc(struct iommufd_ctx *ictx, size_t size,
			     const struct iommufd_object_type *type)
{
	struct iommufd_object *obj;
	int rc;

	obj = kzalloc(size, GFP_KERNEL_ACCOUNT);
	if (!obj)
		return ERR_PTR(iommufd_refuse(-ENOMEM, "out of memory"));
	obj->type = type;

	/* A NULL entry reserves the id; lookups do not see it. */
	rc = xa_alloc_cyclic(&ictx->objects, &obj->id, NULL, xa_limit_31b,
			     &ictx->next_id, GFP_KERNEL_ACCOUNT);
	if (rc < 0) {
		kfree(obj);
		/* All ids in use is out of memory as far as users can tell. */
		return ERR_PTR(iommufd_refuse(-ENOMEM, "out of ids"));
	}
	return obj;
}

/**
 * iommufd_object_finalize() - Publish an object
 * @ictx: Its context
 * @obj: From iommufd_object_alloc(), complete in all other respects
 *
 * From here on any thread can find and destroy it. Cannot fail: the slot was
 * made when the id was reserved.
 */
void iommufd_object_finalize(struct iommufd_ctx *ictx,
			     struct iommufd_object *obj)
{
	xa_lock(&ictx->objects);
	iommufd_object_finalize_locked(ictx, obj);
	xa_unlock(&ictx->objects);
}

/**
 * iommufd_object_abort() - Undo iommufd_object_alloc()
 * @ictx: Its context
 * @obj: Not finalized. Freed, without calling its type's destroy()
 */
void iommufd_object_abort(struct iommufd_ctx *ictx, struct iommufd_object *obj)
{
	xa_erase(&ictx->objects, obj->id);
	kfree(obj);
}

/**
 * iommufd_object_get() - Look an object up for the time of a call
 * @ictx: Where to look
 * @id: What user space says
 * @type: Type that it must have, NULL for any
 *
 * Return: the object, given back with iommufd_object_put(), or
 * ERR_PTR(-ENOENT). It is not destroyed meanwhile.
 */
struct iommufd_object *
iommufd_object_get(struct iommufd_ctx *ictx, u32 id,
		   const struct iommufd_object_type *type)
{
	struct iommufd_object *obj;

	xa_lock(&ictx->objects);
	obj = xa_load(&ictx->objects, id);
	if (obj && (!type || obj->type == type))
		obj->inflight++;
	else
		obj = ERR_PTR(-ENOENT);
	xa_unlock(&ictx->objects);
	if (IS_ERR(obj))
		iommufd_refuse(PTR_ERR(obj), "no such object");
	return obj;
}

/**
 * iommufd_object_get_from() - Look up the first object from an id on
 * @ictx: Where to look
 * @id: Lowest id
 *
 * Return: the object, given back with iommufd_object_put(), or NULL
 */
struct iommufd_object *iommufd_object_get_from(struct iommufd_ctx *ictx,
					       unsigned long id)
{
	struct iommufd_object *obj;

	xa_lock(&ictx->objects);
	obj = xa_find(&ictx->objects, &id, ULONG_MAX, XA_PRESENT);
	if (obj)
		obj->inflight++;
	xa_unlock(&ictx->objects);
	return obj;
}

/**
 * iommufd_object_put() - End of the call that looked the object up
 * @ictx: Its context
 * @obj: May be gone when this returns
 */
void iommufd_object_put(struct iommufd_ctx *ictx, struct iommufd_object *obj)
{
	bool last;

	xa_lock(&ictx->objects);
	last = !--obj->inflight && obj->dying;
	xa_unlock(&ictx->objects);
	if (last)
		wake_up_all(&ictx->idle);
}

/**
 * iommufd_object_depend() - Keep an object for longer than this call
 * @ictx: Its context
 * @obj: Looked up, or depended on already
 *
 * Return: 0, ended by iommufd_object_undepend() or iommufd_object_retire();
 * -ENOENT when it is being destroyed
 */
int iommufd_object_depend(struct iommufd_ctx *ictx, struct iommufd_object *obj)
{
	int rc = 0;

	xa_lock(&ictx->objects);
	if (obj->dying)
		rc = -ENOENT;
	else
		obj->users++;
	xa_unlock(&ictx->objects);
	return rc;
}

/**
 * iommufd_object_undepend() - Undo iommufd_object_depend()
 * @ictx: Its context
 * @obj: May be destroyed by another thread from here on
 */
void iommufd_object_undepend(struct iommufd_ctx *ictx,
			     struct iommufd_object *obj)
{
	xa_lock(&ictx->objects);
	WARN_ON(!obj->users);
	obj->users--;
	xa_unlock(&ictx->objects);
}

static void hide_locked(struct iommufd_ctx *ictx, struct iommufd_object *obj)
{
	lockdep_assert_held(&ictx->objects.xa_lock);
	obj->dying = true;
	/* Keeps the slot: publishing it again must not allocate. */
	__xa_store(&ictx->objects, obj->id, XA_ZERO_ENTRY, 0);
	ictx->object_counts[obj->type->kind]--;
}

/**
 * iommufd_object_retire() - Undo a dependency, the last one ends the object
 * @ictx: Its context
 * @obj: An object that lives only while somebody depends on it
 *
 * Return: true when this was the last one. The object is invisible then and
 * the caller must call iommufd_object_destroy_retired(), without any lock that
 * a call with the object may wait for.
 */
bool iommufd_object_retire(struct iommufd_ctx *ictx, struct iommufd_object *obj)
{
	bool last;

	xa_lock(&ictx->objects);
	WARN_ON(!obj->users);
	last = !--obj->users;
	if (last)
		hide_locked(ictx, obj);
	xa_unlock(&ictx->objects);
	return last;
}

static bool is_idle(struct iommufd_ctx *ictx, struct iommufd_object *obj)
{
	bool idle;

	xa_lock(&ictx->objects);
	idle = !obj->inflight;
	xa_unlock(&ictx->objects);
	return idle;
}

static void destroy_hidden(struct iommufd_ctx *ictx, struct iommufd_object *obj)
{
	obj->type->destroy(obj);
	xa_erase(&ictx->objects, obj->id);
	kfree(obj);
}

/**
 * iommufd_object_destroy_retired() - Second half of iommufd_object_retire()
 * @ictx: Its context
 * @obj: For which iommufd_object_retire() returned true
 */
void iommufd_object_destroy_retired(struct iommufd_ctx *ictx,
				    struct iommufd_object *obj)
{
	wait_event(ictx->idle, is_idle(ictx, obj));
	destroy_hidden(ictx, obj);
}

static int destroy_id(struct iommufd_ctx *ictx, u32 id)
{
	struct iommufd_object *obj;
	int rc = 0;

	xa_lock(&ictx->objects);
	obj = xa_load(&ictx->objects, id);
	if (!obj)
		rc = -ENOENT;
	else if (obj->users)
		rc = -EBUSY;
	else
		hide_locked(ictx, obj);
	xa_unlock(&ictx->objects);
	if (rc)
		return rc;

	if (wait_event_killable(ictx->idle, is_idle(ictx, obj))) {
		xa_lock(&ictx->objects);
		obj->dying = false;
		iommufd_object_finalize_locked(ictx, obj);
		xa_unlock(&ictx->objects);
		return -EINTR;
	}
	destroy_hidden(ictx, obj);
	return 0;
}

/**
 * iommufd_object_destroy_id() - IOMMU_DESTROY
 * @ictx: Where to look
 * @id: What user space says
 *
 * Return: 0; -ENOENT; -EBUSY when something depends on it; -EINTR when the
 * caller was killed while another thread's call was still using the object,
 * which then is as it was
 */
int iommufd_object_destroy_id(struct iommufd_ctx *ictx, u32 id)
{
	int rc = destroy_id(ictx, id);

	switch (rc) {
	case 0:
		return 0;
	case -ENOENT:
		return iommufd_refuse(rc, "no such object");
	case -EBUSY:
		return iommufd_refuse(rc, "object is in use");
	default:
		return iommufd_refuse(rc, "killed");
	}
}

/**
 * iommufd_object_destroy_all() - The file is closed: nothing stays
 * @ictx: No call runs on it any more, no device is bound
 *
 * Whatever nobody depends on goes first, which frees what it depended on.
 */
void iommufd_object_destroy_all(struct iommufd_ctx *ictx)
{
	struct iommufd_object *obj;
	unsigned long id;
	bool progress;

	do {
		progress = false;
		xa_for_each(&ictx->objects, id, obj) {
			if (destroy_id(ictx, id) == 0)
				progress = true;
			cond_resched();
		}
	} while (progress);
	id = 0;
	WARN_ON(xa_find(&ictx->objects, &id, ULONG_MAX, XA_PRESENT));
	/* Nodes stay where an allocation of more has failed. */
	xa_destroy(&ictx->objects);
}
