"""What people see of objects: HTML for the pages and the live thread, exports, and code samples."""
