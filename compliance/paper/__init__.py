"""Reports as PDF files: the only code that knows ReportLab and fontTools."""
