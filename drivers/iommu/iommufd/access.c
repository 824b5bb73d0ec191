// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: In-kernel access
 *
 * In-kernel access: drivers that use the memory of an address space with the
 * CPU, on behalf of a device that they emulate.
 *
 * What a driver pins is kept by area: a mapping that is pinned is not unmapped
 * before the driver has let go of it. The driver is asked to without any lock
 * of the address space held, so it may use its own, see iopt_access.c.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/iommufd.h>
#include <linux/overflow.h>

#include "access.h"
#include "context.h"
#include "ioas.h"
#include "iopt_access.h"
#include "pages_access.h"

static void access_destroy(struct iommufd_object *obj)
{
	struct iommufd_access *access =
		container_of(obj, struct iommufd_access, obj);

	WARN_ON(access->ioas);
	mutex_destroy(&access->mutex);
}

const struct iommufd_object_type iommufd_access_type = {
	.kind = IOMMUFD_OBJECT_ACCESS,
	.destroy = access_destroy,
};

/**
 * iommufd_access_create() - Become a user of a context's address spaces
 * @ictx: The context, the caller keeps its reference
 * @ops: The caller's, must stay until iommufd_access_destroy()
 * @data: For @ops
 * @id: Its id in the context
 *
 * Return: the access, not attached, ended by iommufd_access_destroy();
 * ERR_PTR of -EINVAL when @ops pins but does not let go, -ENOMEM
 */
struct iommufd_access *
iommufd_access_create(struct iommufd_ctx *ictx,
		      const struct iommufd_access_ops *ops, void *data, u32 *id)
{
	struct iommufd_access *access;

	if (ops->needs_pin_pages && !ops->unmap)
		return ERR_PTR(-EINVAL);
	access = iommufd_object_alloc(ictx, struct iommufd_access,
				      &iommufd_access_type);
	if (IS_ERR(access))
		return access;
	access->ictx = ictx;
	mutex_init(&access->mutex);
	init_rwsem(&access->use);
	iommufd_iopt_user_init(&access->user, ops, data);

	/* The driver's dependency: only destroy ends it. Cannot fail. */
	iommufd_object_depend(ictx, &access->obj);
	iommufd_ctx_get(ictx);
	*id = access->obj.id;
	iommufd_object_finalize(ictx, &access->obj);
	return access;
}
EXPORT_SYMBOL_NS_GPL(iommufd_access_create, IOMMUFD);

/**
 * iommufd_access_destroy() - End an access
 * @access: Detached if it is attached. Gone when this returns
 *
 * Context: as iommufd_access_detach()
 */
void iommufd_access_destroy(struct iommufd_access *access)
{
	struct iommufd_ctx *ictx = access->ictx;

	iommufd_access_detach(access);
	/* The driver is the only one that depends on it. */
	if (!WARN_ON(!iommufd_object_retire(ictx, &access->obj)))
		iommufd_object_destroy_retired(ictx, &access->obj);
	iommufd_ctx_put(ictx);
}
EXPORT_SYMBOL_NS_GPL(iommufd_access_destroy, IOMMUFD);

static void set_ioas(struct iommufd_access *access, struct iommufd_ioas *ioas,
		     bool leaving)
{
	lockdep_assert_held(&access->mutex);
	down_write(&access->use);
	access->ioas = ioas;
	access->leaving = leaving;
	up_write(&access->use);
}

/* Depend on an address space, prepared for the access but not yet used by it. */
static struct iommufd_ioas *join_ioas(struct iommufd_access *access, u32 id)
{
	struct iommufd_object *obj;
	struct iommufd_ioas *ioas;
	int rc;

	obj = iommufd_object_get(access->ictx, id, &iommufd_ioas_type);
	if (IS_ERR(obj))
		return ERR_CAST(obj);
	ioas = iommufd_obj_to_ioas(obj);
	rc = iommufd_object_depend(access->ictx, obj);
	if (!rc) {
		rc = iommufd_iopt_admit_user(&ioas->iopt, &access->user);
		if (rc)
			iommufd_object_undepend(access->ictx, obj);
	}
	iommufd_object_put(access->ictx, obj);
	return rc ? ERR_PTR(rc) : ioas;
}

/* Undo attach; attach to @next at once unless it is NULL. */
static void leave_ioas(struct iommufd_access *access, struct iommufd_ioas *next)
{
	struct iommufd_ioas *ioas = access->ioas;

	set_ioas(access, ioas, true);
	if (access->user.ops->needs_pin_pages)
		iommufd_iopt_release_user(&access->user);
	iommufd_iopt_abandon_pins(&access->user);
	iommufd_iopt_remove_user(&ioas->iopt, &access->user);
	if (next)
		iommufd_iopt_add_user(&next->iopt, &access->user);
	set_ioas(access, next, false);

	iommufd_iopt_dismiss_user(&ioas->iopt, &access->user);
	iommufd_object_undepend(access->ictx, &ioas->obj);
}

/**
 * iommufd_access_attach() - Start to use an address space
 * @access: Not attached
 * @ioas_id: The address space
 *
 * Return: 0, ended by iommufd_access_detach(); -EINVAL when it is attached;
 * -ENOENT no such address space; -EADDRINUSE when it pins, and something is not
 * mapped in whole pages; -EINTR
 */
int iommufd_access_attach(struct iommufd_access *access, u32 ioas_id)
{
	struct iommufd_ioas *ioas;
	int rc = 0;

	if (mutex_lock_killable(&access->mutex))
		return -EINTR;
	if (access->ioas) {
		rc = -EINVAL;
		goto out_unlock;
	}
	ioas = join_ioas(access, ioas_id);
	if (IS_ERR(ioas)) {
		rc = PTR_ERR(ioas);
		goto out_unlock;
	}
	iommufd_iopt_add_user(&ioas->iopt, &access->user);
	set_ioas(access, ioas, false);
out_unlock:
	mutex_unlock(&access->mutex);
	return rc;
}
EXPORT_SYMBOL_NS_GPL(iommufd_access_attach, IOMMUFD);

/**
 * iommufd_access_replace() - Use another address space instead
 * @access: Attached
 * @ioas_id: The other one
 *
 * The driver is told to let go of all it has pinned.
 *
 * Context: as iommufd_access_detach()
 * Return: 0; -ENOENT when it is not attached, or no such address space; else as
 * iommufd_access_attach(). With an error it stays where it is
 */
int iommufd_access_replace(struct iommufd_access *access, u32 ioas_id)
{
	struct iommufd_ioas *next;
	int rc = 0;

	if (mutex_lock_killable(&access->mutex))
		return -EINTR;
	if (!access->ioas) {
		rc = -ENOENT;
		goto out_unlock;
	}
	next = join_ioas(access, ioas_id);
	if (IS_ERR(next))
		rc = PTR_ERR(next);
	else
		leave_ioas(access, next);
out_unlock:
	mutex_unlock(&access->mutex);
	return rc;
}
EXPORT_SYMBOL_NS_GPL(iommufd_access_replace, IOMMUFD);

/**
 * iommufd_access_detach() - Stop using an address space
 * @access: Attached or not
 *
 * The driver is told to let go of all it has pinned.
 *
 * Context: sleeps, waits for calls that pin, read or write, and for those of
 * ops->unmap
 */
void iommufd_access_detach(struct iommufd_access *access)
{
	mutex_lock(&access->mutex);
	if (access->ioas)
		leave_ioas(access, NULL);
	mutex_unlock(&access->mutex);
}
EXPORT_SYMBOL_NS_GPL(iommufd_access_detach, IOMMUFD);

static int check_range(unsigned long iova, unsigned long length,
		       unsigned long *last)
{
	if (!length)
		return -EINVAL;
	if (check_add_overflow(iova, length - 1, last))
		return -EOVERFLOW;
	return 0;
}

static int start_use(struct iommufd_access *access)
{
	if (down_read_killable(&access->use))
		return -EINTR;
	if (access->ioas && !access->leaving)
		return 0;
	up_read(&access->use);
	return access->ioas ? -EBUSY : -ENOENT;
}

/**
 * iommufd_access_pin_pages() - Pin what is mapped in a range
 * @access: With ops->needs_pin_pages
 * @iova: First address, aligned to pages
 * @length: Bytes, whole pages
 * @out_pages: The pages, one for each page of the range
 * @flags: IOMMUFD_ACCESS_RW_WRITE when they will be written to
 *
 * All or nothing. The pages are marked dirty when they are unpinned, if their
 * mapping can be written to.
 *
 * Return: 0, ended by iommufd_access_unpin_pages(); -EINVAL no length,
 * misaligned, unknown flags, or in the middle of being unmapped; -EOVERFLOW;
 * -ENOENT when some of it is not mapped or @access is not attached; -EBUSY when
 * it is being detached; -EPERM when the mapping does not allow it; what
 * pinning gives
 */
int iommufd_access_pin_pages(struct iommufd_access *access, unsigned long iova,
			     unsigned long length, struct page **out_pages,
			     unsigned int flags)
{
	unsigned long last;
	int rc;

	if (!access->user.ops->needs_pin_pages ||
	    (flags & ~IOMMUFD_ACCESS_RW_WRITE) ||
	    !IS_ALIGNED(iova | length, PAGE_SIZE))
		return -EINVAL;
	rc = check_range(iova, length, &last);
	if (rc)
		return rc;
	rc = start_use(access);
	if (rc)
		return rc;
	rc = iommufd_iopt_pin(&access->ioas->iopt, &access->user, iova, last,
			      out_pages, flags & IOMMUFD_ACCESS_RW_WRITE);
	up_read(&access->use);
	return rc;
}
EXPORT_SYMBOL_NS_GPL(iommufd_access_pin_pages, IOMMUFD);

/**
 * iommufd_access_unpin_pages() - Undo iommufd_access_pin_pages()
 * @access: As it was pinned
 * @iova: As it was pinned
 * @length: As it was pinned
 *
 * Never fails and never allocates.
 *
 * Context: sleeps. May be called in ops->unmap, and by a driver while it holds
 * the locks that ops->unmap takes
 */
void iommufd_access_unpin_pages(struct iommufd_access *access,
				unsigned long iova, unsigned long length)
{
	/* Detaching waits until the map is not needed here any more. */
	down_read(&access->use);
	iommufd_iopt_unpin(&access->user, iova, iova + length - 1);
	up_read(&access->use);
}
EXPORT_SYMBOL_NS_GPL(iommufd_access_unpin_pages, IOMMUFD);

/**
 * iommufd_access_rw() - Copy from or to what is mapped in a range
 * @access: Attached
 * @iova: First address
 * @data: The kernel's side
 * @length: Bytes
 * @flags: Combination of enum iommufd_access_flags
 *
 * Return: 0; -EINVAL no length, unknown flags, or in the middle of being
 * unmapped; -EOVERFLOW; -ENOENT when some of it is not mapped or @access is not
 * attached; -EBUSY when it is being detached; -EPERM when the mapping does not
 * allow it; -EFAULT or what pinning gives. With an error some may be copied
 */
int iommufd_access_rw(struct iommufd_access *access, unsigned long iova,
		      void *data, size_t length, unsigned int flags)
{
	unsigned long last;
	int rc;

	/* It makes no difference here who the caller is. */
	if (flags & ~(IOMMUFD_ACCESS_RW_WRITE | IOMMUFD_ACCESS_RW_KTHREAD |
		      IOMMUFD_ACCESS_RW_SLOW_PATH))
		return -EINVAL;
	rc = check_range(iova, length, &last);
	if (rc)
		return rc;
	rc = start_use(access);
	if (rc)
		return rc;
	rc = iommufd_iopt_rw(&access->ioas->iopt, iova, last, data, flags);
	up_read(&access->use);
	return rc;
}
EXPORT_SYMBOL_NS_GPL(iommufd_access_rw, IOMMUFD);
