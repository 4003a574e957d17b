/**
 * The kit's theme on our tokens. Material UI gives behaviour (focus traps, menus, labels); the look is ours.
 *
 * Colours it computes with are given as values, the rest as our variables; a test holds the two together.
 */
import { createTheme, type Theme } from "@mui/material/styles";

/** Where the chosen mode is kept; `public/theme.js` reads it before the first paint. */
export const MODE_KEY = "metier.theme";

const light = {
  primary: { main: "#2f5bc4", contrastText: "#ffffff" },
  error: { main: "#b3261e" },
  text: { primary: "#1d1c1a", secondary: "#55524b" },
  background: { default: "#f4f3ef", paper: "#ffffff" },
  divider: "#dedcd4",
};
const dark = {
  primary: { main: "#8fb0ff", contrastText: "#0d1730" },
  error: { main: "#ff8d83" },
  text: { primary: "#e9e7e2", secondary: "#b3b1ab" },
  background: { default: "#121315", paper: "#212428" },
  divider: "#2d3137",
};

/** By scheme, for the test that holds them to the tokens. */
export const PALETTES = { light, dark };

export const theme: Theme = createTheme({
  cssVariables: { colorSchemeSelector: "data-theme" },
  colorSchemes: { light: { palette: light }, dark: { palette: dark } },
  shape: { borderRadius: 6 },
  spacing: 4,
  typography: { fontFamily: "var(--font)", fontSize: 14, htmlFontSize: 16, button: { textTransform: "none", fontWeight: 500 } },
  components: {
    MuiButtonBase: { defaultProps: { disableRipple: true } },
    MuiButton: {
      defaultProps: { disableElevation: true, size: "small" },
      styleOverrides: {
        root: { height: "var(--control)", fontSize: "var(--text-13)", whiteSpace: "nowrap", paddingInline: 12, minWidth: 0 },
        outlined: { borderColor: "var(--line)", color: "var(--ink)", background: "var(--surface)", "&:hover": { background: "var(--hover)", borderColor: "var(--line-strong)" } },
      },
    },
    MuiIconButton: { styleOverrides: { root: { minWidth: "var(--control)", padding: "0 6px", height: "var(--control)", borderRadius: 6, color: "var(--ink-soft)" } } },
    MuiPaper: { styleOverrides: { root: { backgroundImage: "none" } } },
    MuiDialog: { styleOverrides: { paper: { borderRadius: 10, boxShadow: "var(--shadow)", border: "1px solid var(--line)" } } },
    MuiDialogTitle: { styleOverrides: { root: { fontSize: "var(--text-16)", fontWeight: 600, paddingBottom: 8 } } },
    MuiDialogActions: { styleOverrides: { root: { padding: "8px 24px 20px" } } },
    MuiMenu: { styleOverrides: { paper: { border: "1px solid var(--line)", boxShadow: "var(--shadow)" } } },
    MuiMenuItem: { styleOverrides: { root: { fontSize: "var(--text-13)", minHeight: 32, gap: 8 } } },
    MuiTooltip: {
      defaultProps: { enterDelay: 400, disableInteractive: true },
      styleOverrides: { tooltip: { background: "var(--ink)", color: "var(--ground)", fontSize: "var(--text-12)", maxWidth: 420, unicodeBidi: "plaintext", overflowWrap: "anywhere" } },
    },
    MuiTextField: { defaultProps: { size: "small", fullWidth: true } },
    MuiOutlinedInput: { styleOverrides: { root: { background: "var(--raised)", fontSize: "var(--text-14)" }, notchedOutline: { borderColor: "var(--line-strong)" } } },
    MuiTabs: { styleOverrides: { root: { minHeight: 40 }, indicator: { height: 2 } } },
    MuiTab: { styleOverrides: { root: { minHeight: 40, padding: "0 12px", minWidth: 0, fontSize: "var(--text-13)" } } },
  },
});
