"""Files: uploads, content, previews and the picker."""
