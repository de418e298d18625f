"""The bytes of files: on disk by default, in an S3 bucket if ``STORAGE_URL`` names one."""
