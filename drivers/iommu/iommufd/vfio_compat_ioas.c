// SPDX-License-Identifier: GPL-2.0-only
/*
 * The address space that a context has as a VFIO container.
 *
 * The context knows it by its id and does not keep it: a program may destroy it
 * as any other, which makes the context forget the id.
 */
#include <linux/err.h>
#include <linux/iommufd.h>
#include <linux/list.h>
#include <linux/module.h>
#include <uapi/linux/iommufd.h>

#include "context.h"
#include "hwpt.h"
#include "ioas.h"
#include "ioctl.h"
#include "refuse.h"
#include "vfio_compat.h"

static struct iommufd_object *find_ioas(struct iommufd_ctx *ictx)
{
	u32 id = READ_ONCE(ictx->vfio.ioas_id);

	if (!id)
		return ERR_PTR(iommufd_refuse(-ENODEV,
					      "no address space of containers"));
	return iommufd_object_get(ictx, id, &iommufd_ioas_type);
}

/**
 * iommufd_vfio_ioas_get() - The address space of containers, for a call's time
 * @ictx: The context
 *
 * Return: the address space, ended by iommufd_vfio_ioas_put(); ERR_PTR(-ENODEV)
 */
struct iommufd_ioas *iommufd_vfio_ioas_get(struct iommufd_ctx *ictx)
{
	struct iommufd_object *obj = find_ioas(ictx);

	/* Not there: it is just being destroyed. */
	return IS_ERR(obj) ? ERR_PTR(-ENODEV) : iommufd_obj_to_ioas(obj);
}

/**
 * iommufd_vfio_ioas_put() - Undo iommufd_vfio_ioas_get()
 * @ictx: The context
 * @ioas: May be gone when this returns
 */
void iommufd_vfio_ioas_put(struct iommufd_ctx *ictx, struct iommufd_ioas *ioas)
{
	iommufd_object_put(ictx, &ioas->obj);
}

/**
 * iommufd_vfio_forget() - An address space is being destroyed
 * @ictx: Its context
 * @ioas_id: Its id, which is not handed out again before this returns
 */
void iommufd_vfio_forget(struct iommufd_ctx *ictx, u32 ioas_id)
{
	xa_lock(&ictx->objects);
	if (ictx->vfio.ioas_id == ioas_id)
		WRITE_ONCE(ictx->vfio.ioas_id, 0);
	xa_unlock(&ictx->objects);
}

/* As iommufd_vfio_is_coherent(); @unknown while there is no IOMMU that shows it. */
static long coherence(struct iommufd_ctx *ictx, long unknown)
{
	struct iommufd_ioas *ioas = iommufd_vfio_ioas_get(ictx);
	struct iommufd_hwpt *hwpt;
	long coherent;

	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	mutex_lock(&ioas->mutex);
	coherent = list_empty(&ioas->hwpts) ? unknown : 1;
	list_for_each_entry(hwpt, &ioas->hwpts, item)
		if (!hwpt->coherent)
			coherent = 0;
	mutex_unlock(&ioas->mutex);
	iommufd_vfio_ioas_put(ictx, ioas);
	return coherent;
}

/**
 * iommufd_vfio_is_coherent() - Does no device go around the CPU's caches?
 * @ictx: The context
 *
 * Return: 1 when every IOMMU that shows the address space of containers keeps
 * its devices from that, also when there is none yet; 0 when one does not;
 * -ENODEV without an address space
 */
long iommufd_vfio_is_coherent(struct iommufd_ctx *ictx)
{
	return coherence(ictx, 1);
}

/**
 * iommufd_vfio_compat_enforced_coherent() - Is DMA coherent for certain?
 * @ictx: A context that a VFIO group has for its container
 *
 * Return: true when it is known already: devices are attached, and none of them
 * can go around the CPU's caches
 */
bool iommufd_vfio_compat_enforced_coherent(struct iommufd_ctx *ictx)
{
	return coherence(ictx, 0) == 1;
}
EXPORT_SYMBOL_NS_GPL(iommufd_vfio_compat_enforced_coherent, IOMMUFD_VFIO);

/**
 * iommufd_vfio_compat_ioas_create() - Make sure that there is an address space
 * @ictx: A context that becomes the container of a VFIO group
 *
 * Return: 0, also when there was one; -EINVAL when the context has groups
 * without an IOMMU; -ENOMEM
 */
int iommufd_vfio_compat_ioas_create(struct iommufd_ctx *ictx)
{
	struct iommufd_ioas *ioas;
	bool made = false;
	int rc = 0;

	ioas = iommufd_ioas_alloc(ictx);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);

	xa_lock(&ictx->objects);
	if (ictx->vfio.no_iommu) {
		rc = -EINVAL;
	} else if (!ictx->vfio.ioas_id) {
		iommufd_object_finalize_locked(ictx, &ioas->obj);
		WRITE_ONCE(ictx->vfio.ioas_id, ioas->obj.id);
		made = true;
	}
	xa_unlock(&ictx->objects);
	if (!made)
		iommufd_object_abort(ictx, &ioas->obj);
	if (rc)
		iommufd_refuse(rc, "context without IOMMU");
	return rc;
}
EXPORT_SYMBOL_NS_GPL(iommufd_vfio_compat_ioas_create, IOMMUFD_VFIO);

/**
 * iommufd_vfio_compat_ioas_get_id() - Which address space do groups attach to?
 * @ictx: A context that is the container of a VFIO group
 * @id: The answer
 *
 * Return: 0 or -ENODEV
 */
int iommufd_vfio_compat_ioas_get_id(struct iommufd_ctx *ictx, u32 *id)
{
	*id = READ_ONCE(ictx->vfio.ioas_id);
	if (!*id)
		return iommufd_refuse(-ENODEV,
				      "no address space of containers");
	return 0;
}
EXPORT_SYMBOL_NS_GPL(iommufd_vfio_compat_ioas_get_id, IOMMUFD_VFIO);

/**
 * iommufd_vfio_compat_set_no_iommu() - Take in a VFIO group without an IOMMU
 * @ictx: A context that becomes its container
 *
 * The context stays so: it never has an address space for containers.
 *
 * Return: 0, also when it is so already; -EINVAL when it has an address space
 */
int iommufd_vfio_compat_set_no_iommu(struct iommufd_ctx *ictx)
{
	int rc = 0;

	xa_lock(&ictx->objects);
	if (ictx->vfio.ioas_id)
		rc = -EINVAL;
	else
		WRITE_ONCE(ictx->vfio.no_iommu, true);
	xa_unlock(&ictx->objects);
	if (rc)
		iommufd_refuse(rc, "context with IOMMU");
	return rc;
}
EXPORT_SYMBOL_NS_GPL(iommufd_vfio_compat_set_no_iommu, IOMMUFD_VFIO);

static int set_ioas(struct iommufd_ctx *ictx, u32 id)
{
	struct iommufd_object *obj;
	int rc = 0;

	obj = iommufd_object_get(ictx, id, &iommufd_ioas_type);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	xa_lock(&ictx->objects);
	/* Once it is dying nobody would forget the id any more. */
	if (obj->dying)
		rc = -ENOENT;
	else if (ictx->vfio.no_iommu)
		rc = -EINVAL;
	else
		WRITE_ONCE(ictx->vfio.ioas_id, id);
	xa_unlock(&ictx->objects);
	iommufd_object_put(ictx, obj);
	if (rc)
		iommufd_refuse(rc, rc == -ENOENT ? "no such object" :
						   "context without IOMMU");
	return rc;
}

/**
 * iommufd_vfio_ioas_ioctl() - IOMMU_VFIO_IOAS
 * @ucmd: The call
 *
 * Return: 0 or an error as the UAPI header documents
 */
int iommufd_vfio_ioas_ioctl(struct iommufd_ucmd *ucmd)
{
	struct iommu_vfio_ioas *cmd = ucmd->cmd;
	int rc;

	if (cmd->__reserved)
		return iommufd_refuse(-EOPNOTSUPP, "reserved member not 0");
	switch (cmd->op) {
	case IOMMU_VFIO_IOAS_GET:
		rc = iommufd_vfio_compat_ioas_get_id(ucmd->ictx, &cmd->ioas_id);
		return rc ?: iommufd_ucmd_respond(ucmd);
	case IOMMU_VFIO_IOAS_SET:
		return set_ioas(ucmd->ictx, cmd->ioas_id);
	case IOMMU_VFIO_IOAS_CLEAR:
		xa_lock(&ucmd->ictx->objects);
		WRITE_ONCE(ucmd->ictx->vfio.ioas_id, 0);
		xa_unlock(&ucmd->ictx->objects);
		return 0;
	default:
		return iommufd_refuse(-EOPNOTSUPP, "no such operation");
	}
}
