"""Storage for the bytes of files: on disk, or in the S3 bucket that ``STORAGE_URL`` names."""
