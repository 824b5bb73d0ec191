// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test operations about mock devices. The object stands for what a device
 * driver does in real life: it has a device, and binds and attaches it.
 */
#include <linux/err.h>
#include <linux/iommufd.h>

#include "context.h"
#include "device.h"
#include "ioctl.h"
#include "iommufd_test.h"
#include "mock_dev.h"
#include "object.h"
#include "test_cmd.h"

/**
 * struct test_device - A mock device with its driver
 * @obj: Id and life
 * @mdev: (i) The device
 * @idev: (i) The device as it is bound to the context of @obj, and attached.
 *        NULL with MOCK_FLAGS_DEVICE_UNBOUND
 */
struct test_device {
	struct iommufd_object obj;
	struct iommufd_mock_dev *mdev;
	struct iommufd_device *idev;
};

static void destroy_device(struct test_device *tdev)
{
	if (tdev->idev) {
		iommufd_device_detach(tdev->idev);
		iommufd_device_unbind_in_ctx(tdev->idev);
	}
	iommufd_mock_dev_destroy(tdev->mdev);
}

static void test_device_destroy(struct iommufd_object *obj)
{
	destroy_device(container_of(obj, struct test_device, obj));
}

static const struct iommufd_object_type test_device_type = {
	.kind = IOMMUFD_OBJECT_SELFTEST,
	.destroy = test_device_destroy,
};

static int create_device(struct iommufd_ctx *ictx, struct test_device *tdev,
			 u32 flags, u32 *pt_id)
{
	u32 idev_id;
	int rc;

	tdev->mdev = iommufd_mock_dev_create(flags);
	if (IS_ERR(tdev->mdev))
		return PTR_ERR(tdev->mdev);
	if (flags & MOCK_FLAGS_DEVICE_UNBOUND)
		return 0;

	tdev->idev = iommufd_device_bind(ictx, &tdev->mdev->dev, &idev_id);
	if (IS_ERR(tdev->idev)) {
		rc = PTR_ERR(tdev->idev);
		goto err_destroy;
	}
	/* The device must not keep the file open: it goes when that closes. */
	iommufd_ctx_put(ictx);

	rc = iommufd_device_attach(tdev->idev, pt_id);
	if (rc)
		goto err_unbind;
	return 0;

err_unbind:
	iommufd_device_unbind_in_ctx(tdev->idev);
err_destroy:
	iommufd_mock_dev_destroy(tdev->mdev);
	return rc;
}

/* Both layouts of the answer are the same, flags come behind it. */
static int mock_domain(struct iommufd_ucmd *ucmd, u32 flags)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	struct test_device *tdev;
	u32 pt_id = cmd->id;
	int rc;

	tdev = iommufd_object_alloc(ucmd->ictx, struct test_device,
				    &test_device_type);
	if (IS_ERR(tdev))
		return PTR_ERR(tdev);
	rc = create_device(ucmd->ictx, tdev, flags, &pt_id);
	if (rc)
		goto err_abort;

	cmd->mock_domain.out_stdev_id = tdev->obj.id;
	cmd->mock_domain.out_hwpt_id = tdev->idev ? pt_id : 0;
	cmd->mock_domain.out_idev_id =
		tdev->idev ? iommufd_device_to_id(tdev->idev) : 0;
	rc = iommufd_ucmd_respond(ucmd);
	if (rc)
		goto err_destroy;
	iommufd_object_finalize(ucmd->ictx, &tdev->obj);
	return 0;

err_destroy:
	destroy_device(tdev);
err_abort:
	iommufd_object_abort(ucmd->ictx, &tdev->obj);
	return rc;
}

/**
 * iommufd_test_mock_domain() - IOMMU_TEST_OP_MOCK_DOMAIN
 * @ucmd: The call
 *
 * Return: 0; -ENOMEM; what binding and attaching give
 */
int iommufd_test_mock_domain(struct iommufd_ucmd *ucmd)
{
	return mock_domain(ucmd, 0);
}

/**
 * iommufd_test_mock_domain_flags() - IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS
 * @ucmd: The call
 *
 * Return: 0; -EOPNOTSUPP for unknown flags; -ENOMEM; what binding and attaching
 * give
 */
int iommufd_test_mock_domain_flags(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;

	return mock_domain(ucmd, cmd->mock_domain_flags.dev_flags);
}

/**
 * iommufd_test_mock_domain_replace() - IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE
 * @ucmd: The call
 *
 * A replace cannot be undone for certain, so that the answer can be written is
 * made sure of before.
 *
 * Return: 0; -ENOENT no such device; what iommufd_device_replace() gives
 */
int iommufd_test_mock_domain_replace(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	struct iommufd_object *obj;
	struct test_device *tdev;
	int rc;

	rc = iommufd_ucmd_respond(ucmd);
	if (rc)
		return rc;
	obj = iommufd_object_get(ucmd->ictx, cmd->id, &test_device_type);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	tdev = container_of(obj, struct test_device, obj);
	rc = tdev->idev ?
		     iommufd_device_replace(tdev->idev,
					    &cmd->mock_domain_replace.pt_id) :
		     -EINVAL;
	iommufd_object_put(ucmd->ictx, obj);
	return rc ?: iommufd_ucmd_respond(ucmd);
}
